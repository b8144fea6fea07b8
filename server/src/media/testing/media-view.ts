import { observer } from 'mediasoup';
import type { Consumer, Producer, Router, Transport } from 'mediasoup/types';

/** Shows a test all mediasoup objects of this process, from outside the server (`mediasoup.observer`). */
export class MediaView {
  readonly routers = new Set<Router>();
  readonly transports = new Map<string, Transport>();
  readonly producers = new Map<string, Producer>();
  readonly consumers = new Map<string, Consumer>();
  /** The names of the consumer methods called so far. */
  readonly asked: string[] = [];

  /** Must be created before the server whose media it shows. */
  constructor() {
    observer.on('newworker', (worker) => worker.observer.on('newrouter', (router) => this.#router(router)));
  }

  /** Returns the state of a consumer as the worker reports it. @throws {Error} if there is none */
  async consumer(id: string) {
    const consumer = this.consumers.get(id);
    if (!consumer) throw new Error(`There is no consumer ${id}.`);
    const { paused, priority, ...rest } = await consumer.dump();
    return { paused, priority, layer: 'preferredSpatialLayer' in rest ? rest.preferredSpatialLayer : null };
  }

  #router(router: Router): void {
    this.routers.add(router);
    router.observer.once('close', () => this.routers.delete(router));
    router.observer.on('newtransport', (transport) => {
      this.transports.set(transport.id, transport);
      transport.observer.once('close', () => this.transports.delete(transport.id));
      transport.observer.on('newproducer', (producer) => {
        this.producers.set(producer.id, producer);
        producer.observer.once('close', () => this.producers.delete(producer.id));
      });
      transport.observer.on('newconsumer', (consumer) => this.#consumer(consumer));
    });
  }

  #consumer(consumer: Consumer): void {
    this.consumers.set(consumer.id, consumer);
    consumer.observer.once('close', () => this.consumers.delete(consumer.id));
    for (const method of ['pause', 'resume', 'setPreferredLayers'] as const) {
      const original = consumer[method].bind(consumer) as (...args: unknown[]) => Promise<void>;
      Object.assign(consumer, {
        [method]: (...args: unknown[]) => {
          this.asked.push(method);
          return original(...args);
        },
      });
    }
  }
}
