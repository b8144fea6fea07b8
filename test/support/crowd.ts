import type { ConsumerParameters } from '@televisit/shared/signaling';
import type { Router } from 'mediasoup/types';
import { HeadlessParticipant } from './headless-participant.ts';
import { MediaView } from './media-view.ts';
import { TestServer, type TestServerOptions } from './test-server.ts';

/** A visit with many seats: `doctor`, `patient`, and guests `guest-1`, `guest-2` and so on. */
export class Crowd {
  readonly server: TestServer;
  readonly media: MediaView;
  readonly sessionId: string;

  private constructor(server: TestServer, media: MediaView, sessionId: string) {
    this.server = server;
    this.media = media;
    this.sessionId = sessionId;
  }

  /** Closed after the test. */
  static async gather(guests: number, workers: number, options: TestServerOptions = {}): Promise<Crowd> {
    const media = new MediaView();
    const env = { WORKERS: String(workers), ...options.env };
    const server = await TestServer.start({ ...options, env });
    const seats = Array.from({ length: guests }, (_, index) => ({
      userId: `guest-${index + 1}`,
      role: 'guest' as const,
    }));
    const { sessionId } = await server.createVisit(undefined, { seats, options: { maxParticipants: 100 } });
    return new Crowd(server, media, sessionId);
  }

  get workers() {
    return [...this.server.televisit.nodes.values()].flatMap((node) => [...node.workers]);
  }

  open(userId: string): Promise<HeadlessParticipant> {
    return HeadlessParticipant.open(this.server, this.sessionId, roleOf(userId), userId);
  }

  join(userId: string): Promise<HeadlessParticipant> {
    return HeadlessParticipant.join(this.server, this.sessionId, roleOf(userId), userId);
  }

  /** One after the other, so that it is known who lives where. */
  async joinAll(userIds: readonly string[]): Promise<HeadlessParticipant[]> {
    const people: HeadlessParticipant[] = [];
    for (const userId of userIds) people.push(await this.join(userId));
    return people;
  }

  /** The router that carries somebody. @throws where there is none */
  async routerOf({ prepared }: HeadlessParticipant): Promise<Router> {
    for (const router of this.media.routers) {
      const { transportIds } = await router.dump();
      if (transportIds.includes(prepared?.receiveTransport.id ?? '')) return router;
    }
    throw new Error('The person is on no router.');
  }
}

function roleOf(userId: string): 'doctor' | 'patient' | 'guest' {
  return userId === 'doctor' || userId === 'patient' ? userId : 'guest';
}

/** What somebody receives now, without the placeholder. */
export function streamsOf(person: HeadlessParticipant): ConsumerParameters[] {
  const closed = new Set(person.received('consumer:closed').map(({ consumerId }) => consumerId));
  const all = [...(person.prepared?.consumers ?? []), ...person.received('consumer:new')];
  return all.filter(({ userId, consumerId }) => userId !== null && !closed.has(consumerId));
}

/** The same in words: `doctor camera`, in alphabetical order. */
export function namesOf(person: HeadlessParticipant): string[] {
  return streamsOf(person)
    .map(({ userId, source }) => `${userId} ${source}`)
    .sort();
}
