import { merge, type Merged, type Typed } from './core/contract.ts';
import { FEATURES, type Feature } from './features/index.ts';

export type Facts = Merged<Feature, 'facts'>;

/** What features record about a session; the facts of the core are in the server's domain. */
export const FACTS = merge<Feature, 'facts'>(FEATURES, 'facts');

/** The facts of one kind as the store keeps them: their type and their data. */
export type FeatureFact<Kind extends 'event' | 'note'> = {
  [T in keyof Facts]: Facts[T]['kind'] extends Kind ? { readonly type: T } & Typed<Facts[T]['data']> : never;
}[keyof Facts];
