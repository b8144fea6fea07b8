import { Schema, type Connection } from 'mongoose';
import { MAX_QUALITY_POINTS } from '@televisit/shared/console.vocabulary';
import {
  MAX_FAILURES,
  type FailureFilter,
  type FailurePosition,
  type JoinFailure,
  type ObservationStore,
  type QualityPoint,
} from '../../domain/observation-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';

/** A failure, with its `failureId` as the document id. */
interface JoinFailureDocument extends Omit<JoinFailure, 'failureId'> {
  readonly _id: string;
}

/** A point, with session, seat and time as the document id. */
interface QualityDocument extends QualityPoint {
  readonly _id: string;
  readonly sessionId: string;
}

/** Returns the models of what operators see of visits. */
export function observationModels(connection: Connection) {
  const failure = new Schema<JoinFailureDocument>(
    { _id: String, sessionId: String, seat: Number, stage: String, code: String, at: Number },
    { collection: 'join_failures', versionKey: false },
  );
  failure.index({ at: -1, _id: -1 });
  failure.index({ sessionId: 1, at: -1, _id: -1 });
  const quality = new Schema<QualityDocument>(
    {
      _id: String,
      sessionId: String,
      seat: Number,
      at: Number,
      network: String,
      sent: Number,
      received: Number,
    },
    { collection: 'quality_points', versionKey: false },
  );
  quality.index({ sessionId: 1, seat: 1, at: -1 });
  return {
    joinFailures: connection.model('JoinFailure', failure),
    qualityPoints: connection.model('QualityPoints', quality),
  };
}

/** Stores what operators see of visits in MongoDB. */
export class MongoObservations implements ObservationStore {
  readonly #models: ReturnType<typeof observationModels>;

  constructor(models: ReturnType<typeof observationModels>) {
    this.#models = models;
  }

  async addFailure({ failureId, ...failure }: JoinFailure): Promise<void> {
    const { sessionId } = failure;
    await withStoreErrors(async () => {
      try {
        await this.#models.joinFailures.create({ _id: failureId, ...failure });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
      const old = await this.#models.joinFailures
        .find({ sessionId }, { _id: 1 })
        .sort({ at: -1, _id: -1 })
        .skip(MAX_FAILURES)
        .lean<{ _id: string }[]>();
      if (old.length > 0) {
        await this.#models.joinFailures.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } });
      }
    });
  }

  async failures(
    filter: FailureFilter,
    limit: number,
    after?: FailurePosition,
  ): Promise<readonly JoinFailure[]> {
    const { sessionId, code } = filter;
    const found = await withStoreErrors(() =>
      this.#models.joinFailures
        .find({
          ...(sessionId === undefined ? {} : { sessionId }),
          ...(code === undefined ? {} : { code }),
          ...(after
            ? { $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after.failureId } }] }
            : {}),
        })
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .lean<JoinFailureDocument[]>(),
    );
    return found.map(({ _id, ...failure }) => ({ failureId: _id, ...failure }));
  }

  async addQuality(sessionId: string, points: readonly QualityPoint[]): Promise<void> {
    if (points.length === 0) return;
    const { qualityPoints } = this.#models;
    await withStoreErrors(async () => {
      await qualityPoints.bulkWrite(
        points.map((point) => ({
          updateOne: {
            filter: { _id: `${sessionId}.${point.seat}.${point.at}` },
            update: { $set: { sessionId, ...point } },
            upsert: true,
          },
        })),
      );
      // Not $push with $slice, which FerretDB ignores.
      for (const seat of new Set(points.map((point) => point.seat))) {
        const old = await qualityPoints
          .find({ sessionId, seat }, { _id: 1 })
          .sort({ at: -1 })
          .skip(MAX_QUALITY_POINTS)
          .lean<{ _id: string }[]>();
        if (old.length > 0) await qualityPoints.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } });
      }
    });
  }

  async quality(sessionId: string): Promise<readonly QualityPoint[]> {
    const found = await withStoreErrors(() =>
      this.#models.qualityPoints.find({ sessionId }).sort({ at: 1, seat: 1 }).lean<QualityDocument[]>(),
    );
    return found.map(({ seat, at, network, sent, received }) => ({ seat, at, network, sent, received }));
  }

  async deleteSeat(sessionId: string, seat: number): Promise<void> {
    await withStoreErrors(async () => {
      await this.#models.joinFailures.deleteMany({ sessionId, seat });
      await this.#models.qualityPoints.deleteMany({ sessionId, seat });
    });
  }

  /** Deletes everything of these sessions. */
  async deleteAll(sessionIds: readonly string[]): Promise<void> {
    await withStoreErrors(async () => {
      await this.#models.joinFailures.deleteMany({ sessionId: { $in: sessionIds } });
      await this.#models.qualityPoints.deleteMany({ sessionId: { $in: sessionIds } });
    });
  }
}
