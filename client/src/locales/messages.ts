import type { en } from './en.ts';

/** The key of a message. */
export type MessageKey = keyof typeof en;

/** The plural forms (CLDR, cardinal) that each language of the page has. */
interface PluralForms {
  en: 'one' | 'other';
  es: 'one' | 'many' | 'other';
  de: 'one' | 'other';
  fr: 'one' | 'many' | 'other';
  pt: 'one' | 'many' | 'other';
  ar: 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';
}

/** A language that the page speaks (BCP 47). */
export type Language = keyof PluralForms;

/** The words of any language, for those who know keys and forms at run time only. */
export type AnyMessages = Readonly<
  Record<string, string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>>
>;

/**
 * The words of one language. A key that it does not have yet is said in English, and one that English has no more does
 * no harm: the compiler lets both pass, the tests do not.
 */
export type Messages<L extends Language> = AnyMessages & {
  readonly [K in MessageKey]?: (typeof en)[K] extends string
    ? string
    : Readonly<Record<PluralForms[L], string>>;
};

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Texts<Message> = Message extends string ? Message : Message[keyof Message];

/** The `{names}` that the message of a key has. */
export type NamesOf<K extends MessageKey> = K extends MessageKey ? NamesIn<Texts<(typeof en)[K]>> : never;

/** What is filled in for the names of a message; `count` chooses the plural form. */
export type ValuesOf<K extends MessageKey> = {
  readonly [Name in NamesOf<K>]: Name extends 'count' ? number : string | number;
};
