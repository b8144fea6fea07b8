import type { FeatureContract } from '@televisit/shared/core/contract';
import type { PartOf, RoomFeature } from '../room/room-part.ts';

/** What a contract declares of the live session. */
type Live = 'messages' | 'snapshot' | 'participant' | 'room';

/** The server side of a feature: the compiler asks for what its contract declares. */
export type ServerFeature<F extends FeatureContract> =
  Extract<keyof F, Live> extends never
    ? { readonly room?: RoomFeature }
    : { readonly room: RoomFeature<PartOf<F>> };
