/** Every line that the server says. None but a relayed message begins with `[`, so that nobody can pass for a user. */

import { cleanText } from "./clean-text.ts";

/** What another user wrote, to the reader alone or to everybody. */
export function relayed(from: string, text: string): string {
  return cleanText(`[${from}] ${text}`);
}

export function welcome(name: string): string {
  return notice(`Welcome ${shown(name)}! You can now chat.`);
}

export function goodbye(name?: string): string {
  return notice(name === undefined ? "Goodbye." : `Goodbye ${shown(name)}.`);
}

/** @param reason a clause: "Alice is taken" */
export function nameNotAccepted(reason: string): string {
  return notice(`Name not accepted: ${reason}; send another name.`);
}

export function nameTaken(name: string): string {
  return nameNotAccepted(`${shown(name)} is taken`);
}

/** @param other the name of a user who is here */
export function nameLooksLike(name: string, other: string): string {
  return nameNotAccepted(`${shown(name)} looks like ${shown(other)}, who is here`);
}

export function alreadyNamed(): string {
  return notice("You have a name already: leave with quit to take another.");
}

export function userNotFound(name: string): string {
  return notice(`User not found: ${shown(name)}.`);
}

export function thatIsYou(): string {
  return notice("That is you: choose another user.");
}

export function emptyText(): string {
  return notice("Nothing is sent: the text is empty.");
}

export function nobodyElse(): string {
  return notice("Nobody else is online.");
}

export function nobodyAddressed(): string {
  return notice('Nobody is addressed: write "Bob: hello", "all: hello" or "chat Bob"; help shows all commands.');
}

export function unknownCommand(word: string): string {
  return notice(`Unknown command: ${shown(word)}. Write help for all commands.`);
}

/** @param form the command as it should be: "/chat Bob" */
export function incompleteCommand(form: string): string {
  return notice(`This command is incomplete: write it like "${form}".`);
}

/** To the sender of a message that was accepted and could not be handed over after all. */
export function notDelivered(to: string, messages = 1): string {
  const what = messages === 1 ? "your message" : `your last ${messages} messages`;
  return notice(`Not delivered: ${shown(to)} has left before ${what} arrived.`);
}

export function usersOnline(names: readonly string[]): string {
  return notice(`Users online (${names.length}): ${names.join(", ")}`);
}

/** The answer to help, a line each. */
export function help(): string[] {
  return [
    'Write "Bob: hello", "@Bob hello" or "/msg Bob hello" to one user.',
    'Write "all: hello" or "/all hello" to everybody.',
    'Write "chat Bob" or "/chat Bob" to open a chat: all your lines go to Bob until "end" or "/end".',
    'Write "list" or "/list" to see who is online, "quit" or "/quit" to leave.',
  ].map(notice);
}

export function chatOpened(partner: string): string {
  return notice(`Chat with ${shown(partner)} is open: your lines go to ${shown(partner)} until you write end.`);
}

/** To the partner, whose lines go back from now on. */
export function chatOpenedBy(user: string): string {
  return notice(`${shown(user)} has opened a chat with you: your lines go to ${shown(user)} until you write end.`);
}

export function partnerIsBusy(partner: string): string {
  return notice(`${shown(partner)} is in another chat; your lines reach ${shown(partner)} all the same.`);
}

export function chatEnded(partner: string): string {
  return notice(`Chat with ${shown(partner)} has ended.`);
}

export function chatEndedByLeaving(partner: string): string {
  return notice(`Chat with ${shown(partner)} has ended: ${shown(partner)} has left.`);
}

export function noChatOpen(): string {
  return notice("No chat is open.");
}

export function notUtf8(): string {
  return notice("Not understood: the line is not valid UTF-8 text.");
}

/** Before the connection is closed, as all below. */
export function lineTooLong(maxLine: number): string {
  return closing(`a line can have at most ${maxLine} bytes`);
}

export function httpRequest(): string {
  return closing("this is a chat server, not a web server");
}

export function tooManyLinesBeforeName(lines: number): string {
  return closing(`no name after ${lines} lines`);
}

export function noNameInTime(milliseconds: number): string {
  return closing(`no name after ${milliseconds / 1000} seconds`);
}

export function tooFast(): string {
  return closing("you send faster than the server reads");
}

export function serverFull(): string {
  return closing("the server is full; try again later");
}

export function tooManyFromAddress(): string {
  return closing("too many connections from your address; try again later");
}

export function serverStopping(): string {
  return closing("the server is stopping");
}

function closing(reason: string): string {
  return notice(`Connection closed: ${reason}.`);
}

/** The one way out: whatever the arguments were, the line is safe and cannot be taken for a message. */
function notice(text: string): string {
  return cleanText(text).replace(/^\[/, "(");
}

const SHOWN_LENGTH = 64;

/** What a user typed where a name or a word was expected: all the rest of a line can stand there. */
function shown(text: string): string {
  const characters = Array.from(text.slice(0, 4 * SHOWN_LENGTH));
  return characters.length > SHOWN_LENGTH ? `${characters.slice(0, SHOWN_LENGTH - 1).join("")}…` : characters.join("");
}
