/** What is kept of a conversation while it is played, and counted for its summary. */

import { type DatagramFlow, Tally, type TcpConversation } from "../session/conversation.ts";
import type { SegmentScript } from "../session/segment-script.ts";
import type { ConversationFields } from "./conversation-fields.ts";
import type { Conversation } from "./pending-message.ts";

/** What has become of a conversation on the session so far. Counts over all its connections. */
export class ConversationState extends Tally {
  readonly conversation: Conversation;
  /** Messages without bytes, which send nothing. */
  emptyMessages = 0;
  connections = 1;
  /** Of datagrams, the flow; of TCP, the latest connection ... */
  flow: DatagramFlow | undefined;
  tcp: TcpConversation | undefined;
  /** ... and what drives it, once a row has spoken of single segments. */
  script: SegmentScript | undefined;
  /** What its rows say of its frames, where rows say anything of them. */
  fields: ConversationFields | undefined;
  /** The connection, counted from 1, for which everything was found out that it needs. */
  preparedConnection = 0;

  constructor(conversation: Conversation) {
    super();
    this.conversation = conversation;
  }
}
