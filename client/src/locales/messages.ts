import type { en } from './en.ts';

/** The plural forms (CLDR, cardinal) of each supported language. */
interface PluralForms {
  en: 'one' | 'other';
  es: 'one' | 'many' | 'other';
  de: 'one' | 'other';
  fr: 'one' | 'many' | 'other';
  pt: 'one' | 'many' | 'other';
  ar: 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';
}

/** A supported language (BCP 47). */
export type Language = keyof PluralForms;

/** The messages that every part of the page shares; features bring their own. */
export type BaseMessages = typeof en;

/** The key of a shared message. */
export type MessageKey = keyof BaseMessages;

/** Messages of any language, for code that knows keys and plural forms at run time only. */
export type AnyMessages = Readonly<
  Record<string, string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>>
>;

/** A text with every `{name}` of the English one; a plural form for zero, one or two need not repeat the count. */
type SameNames<
  English extends string,
  Optional = never,
> = English extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends Optional ? string : `${string}{${Name}}${string}`) & SameNames<Rest, Optional>
  : string;

/** The translation of `English` into one language: its keys, its `{names}`, and the plural forms of the language. */
export type Messages<L extends Language, English = BaseMessages> = {
  readonly [K in keyof English]: English[K] extends string
    ? SameNames<English[K]>
    : English[K] extends { readonly other: infer Other extends string }
      ? {
          readonly [F in PluralForms[L]]: SameNames<
            Other,
            F extends 'few' | 'many' | 'other' ? never : 'count'
          >;
        }
      : never;
};

type NamesInText<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesInText<Rest>
  : never;
type Texts<Message> = Message extends string ? Message : Message[keyof Message];

/** The `{names}` in the message of a key. */
type NamesOf<M, K extends keyof M> = K extends K ? NamesInText<Texts<M[K]>> : never;

/** The values for the names of a message; `count` selects the plural form. */
type ValuesOf<M, K extends keyof M> = {
  readonly [Name in NamesOf<M, K>]: Name extends 'count' ? number : string | number;
};

/** Returns the text of a key in the current language, with its `{names}` replaced. */
export type Translate<M> = <K extends keyof M & string>(
  key: K,
  ...values: NamesOf<M, K> extends never ? [] : [ValuesOf<M, K>]
) => string;
