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
  maxParticipants: z
    .int()
    .min(2)
    .max(100)
    .meta({ description: 'How many people may be in the visit at once.' }),
  language: languageTag.nullable().meta({
    description:
      'Language of the join page: a BCP 47 tag such as `de` or `pt-BR`; null for the language of the person’s browser.',
  }),
});
export type SessionOptions = z.infer<typeof sessionOptions>;

export const DEFAULT_OPTIONS: SessionOptions = {
  ...(each('default') as OptionValues),
  maxParticipants: 25,
  language: null,
};

/** Length of an ad-hoc visit, and of one without a planned length, in minutes. */
export const DEFAULT_DURATION_MINUTES = 30;
