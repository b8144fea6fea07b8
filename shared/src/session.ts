import { z } from 'zod';
import { merge, type Merged } from './core/contract.ts';
import { languageTag } from './core/fields.ts';
import { FEATURES, type Feature } from './features/index.ts';

type FeatureOptions = Merged<Feature, 'options'>;
type OptionSchemas = { -readonly [Name in keyof FeatureOptions]: FeatureOptions[Name]['schema'] };
type OptionValues = { -readonly [Name in keyof FeatureOptions]: z.infer<FeatureOptions[Name]['schema']> };

const featureOptions = merge<Feature, 'options'>(FEATURES, 'options');
const each = (part: 'schema' | 'default') =>
  Object.fromEntries(Object.entries(featureOptions).map(([name, option]) => [name, option[part]]));

/** Which features a visit has, and how they begin. */
export const sessionOptions = z.strictObject({
  ...(each('schema') as OptionSchemas),
  recording: z.boolean(),
  /** How many participants the visit takes at once. */
  maxParticipants: z.int().min(2).max(100),
  /** BCP 47 tag of the language of the pages, `de` or `pt-BR`; null for each person's own. */
  language: languageTag.nullable(),
});
export type SessionOptions = z.infer<typeof sessionOptions>;

export const DEFAULT_OPTIONS: SessionOptions = {
  ...(each('default') as OptionValues),
  recording: false,
  maxParticipants: 25,
  language: null,
};

/** Length of an ad-hoc visit, and of one without a planned length, in minutes. */
export const DEFAULT_DURATION_MINUTES = 30;
