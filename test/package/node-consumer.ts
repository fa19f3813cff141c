/** The same for the face with files. */
import { analyze, encapsulate } from "wirewright/node";

export const { packets } = await encapsulate({ input: "messages.csv", output: "messages.pcapng" });
export const { findings } = await analyze({ input: "messages.pcapng" });
