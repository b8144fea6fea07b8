import { Schema, type Connection } from 'mongoose';
import type { Heartbeat, NodeRecord, NodeStore } from '../../domain/node-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';

interface NodeDocument extends Omit<NodeRecord, 'nodeId' | 'processId'> {
  readonly _id: string;
  readonly processId?: string;
}

/** Returns the model of SFU nodes. */
export function nodeModel(connection: Connection) {
  const node = new Schema<NodeDocument>(
    {
      _id: String,
      processId: String,
      holder: String,
      url: String,
      region: String,
      version: String,
      capacity: Number,
      load: { participants: Number, consumers: Number, cpu: Number, bitrate: Number, full: Boolean },
      beat: Number,
      aliveAt: Number,
      drainUntil: Number,
    },
    { collection: 'nodes', versionKey: false },
  );
  return connection.model('Node', node);
}

/** Stores SFU nodes in MongoDB. */
export class MongoNodes implements NodeStore {
  readonly exclusive = false;
  readonly #nodes: ReturnType<typeof nodeModel>;

  constructor({ nodes }: { readonly nodes: ReturnType<typeof nodeModel> }) {
    this.#nodes = nodes;
  }

  async beat(heartbeat: Heartbeat, heldBy: string | null): Promise<NodeRecord | null> {
    const { nodeId, ...said } = heartbeat;
    const fresh = heldBy === said.processId ? said : { ...said, drainUntil: null };
    const stored = await withStoreErrors(() =>
      this.#nodes
        .findOneAndUpdate({ _id: nodeId, processId: heldBy }, { $set: fresh }, { returnDocument: 'after' })
        .lean(),
    );
    if (stored) return toRecord(stored);
    return heldBy === null ? this.#add(heartbeat) : null;
  }

  async list(): Promise<readonly NodeRecord[]> {
    const nodes = await withStoreErrors(() => this.#nodes.find().sort({ _id: 1 }).lean());
    // Documents of earlier versions have no process.
    return nodes.filter(({ processId }) => processId !== undefined).map(toRecord);
  }

  async drain(nodeId: string, until: number | null): Promise<boolean> {
    const { matchedCount } = await withStoreErrors(() =>
      this.#nodes.updateOne({ _id: nodeId }, { $set: { drainUntil: until } }),
    );
    return matchedCount > 0;
  }

  async release(nodeId: string, processId: string): Promise<void> {
    await withStoreErrors(() => this.#nodes.deleteOne({ _id: nodeId, processId }));
  }

  async #add({ nodeId, ...said }: Heartbeat): Promise<NodeRecord | null> {
    try {
      await withStoreErrors(() => this.#nodes.insertOne({ _id: nodeId, ...said, drainUntil: null }));
      return { nodeId, ...said, drainUntil: null };
    } catch (error) {
      if (isDuplicate(error)) return null;
      throw error;
    }
  }
}

function toRecord({ _id, processId = '', ...node }: NodeDocument): NodeRecord {
  return { nodeId: _id, processId, ...node };
}
