/** The connections of a session that have something to do. Most come and go with each message: a chain costs less than a set. */

export interface ChainedConnection {
  /** Whether it is one of them. */
  isBusy: boolean;
  /** Its neighbours in the chain. */
  busyBefore: ChainedConnection | undefined;
  busyBehind: ChainedConnection | undefined;
}

export class BusyConnections<T extends ChainedConnection> {
  #first: ChainedConnection | undefined = undefined;
  #last: ChainedConnection | undefined = undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Not to be called for one that is busy. */
  add(connection: T): void {
    const last = this.#last;
    connection.isBusy = true;
    connection.busyBefore = last;
    if (last === undefined) this.#first = connection;
    else last.busyBehind = connection;
    this.#last = connection;
  }

  /** Not to be called for one that is not busy. */
  remove(connection: T): void {
    const { busyBefore, busyBehind } = connection;
    if (busyBefore === undefined) this.#first = busyBehind;
    else busyBefore.busyBehind = busyBehind;
    if (busyBehind === undefined) this.#last = busyBefore;
    else busyBehind.busyBefore = busyBefore;
    connection.isBusy = false;
    connection.busyBefore = connection.busyBehind = undefined;
  }

  /** As they are now, in the order in which they became busy. */
  all(): T[] {
    const all: T[] = [];
    for (let one = this.#first; one !== undefined; one = one.busyBehind) all.push(one as T);
    return all;
  }
}
