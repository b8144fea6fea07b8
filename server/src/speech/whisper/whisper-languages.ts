/** What the multilingual models of Whisper were trained on, as ISO 639 codes. */
const LANGUAGES: ReadonlySet<string> = new Set(
  (
    'af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is it ' +
    'ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn ' +
    'so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh'
  ).split(' '),
);
/** Codes of BCP 47 for which Whisper has another one. */
const OTHER_CODES: Readonly<Record<string, string>> = {
  nb: 'no',
  fil: 'tl',
  iw: 'he',
  in: 'id',
  jv: 'jw',
  cmn: 'zh',
};

/** Returns Whisper's code of a language (BCP 47); null if it does not know that language. */
export function whisperLanguage(tag: string): string | null {
  const primary = tag.split('-')[0]?.toLowerCase() ?? '';
  const code = OTHER_CODES[primary] ?? primary;
  return LANGUAGES.has(code) ? code : null;
}

const ENGLISH_NAMES = new Intl.DisplayNames('en', { type: 'language' });
const BY_NAME = new Map([...LANGUAGES].map((code) => [ENGLISH_NAMES.of(code)?.toLowerCase() ?? code, code]));

/** Returns the code of a language that a service names in English; others as they are. */
export function languageCode(name: string): string {
  return BY_NAME.get(name.toLowerCase()) ?? name;
}
