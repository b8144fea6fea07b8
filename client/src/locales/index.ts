import { en } from './en.ts';

/** The language of the words (BCP 47), for numbers among them. */
export const LANGUAGE = 'en';

/** The key of a message. */
export type MessageKey = keyof typeof en;

type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Values<K extends MessageKey> = Record<Names<(typeof en)[K]>, string | number>;

/** The words for a key, with its `{names}` filled in; the compiler knows which names a message has. */
export function t<K extends MessageKey>(
  key: K,
  ...values: Names<(typeof en)[K]> extends never ? [] : [Values<K>]
): string {
  const given: Readonly<Record<string, string | number>> = values[0] ?? {};
  return en[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(given[name] ?? whole));
}
