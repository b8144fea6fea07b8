import type { Handlers, RoomContext, RoomPart } from './room-part.ts';

/** How the pages of the members are: in the background or not, and how well their networks do. */
export class Status implements RoomPart {
  readonly #room: RoomContext;

  constructor(room: RoomContext) {
    this.#room = room;
  }

  readonly handlers: Handlers<'presence:set' | 'network:report'> = {
    'presence:set': ({ member }, { away }) => {
      if (member.participation?.setInBackground(away)) this.#room.changed(member);
      return null;
    },

    'network:report': ({ connection, member }, { level }) => {
      connection.network = level;
      if (member.connection !== connection) return null;
      // A waiting member has no participation, but the hosts see the network of the page that waits.
      if (!member.participation || member.participation.setNetwork(level)) this.#room.changed(member);
      return null;
    },
  };
}
