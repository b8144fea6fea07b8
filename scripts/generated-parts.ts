import { format } from 'prettier';

/**
 * Replaces the generated parts of a Markdown page, each between `<!-- name -->` and `<!-- end of name -->`.
 * @throws {Error} if the page does not have a part
 */
export function withParts(page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, content]) => {
    const part = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end of ${name} -->)`);
    if (!part.test(text)) throw new Error(`The page has no part "${name}".`);
    return text.replace(part, (_, begin: string, end: string) => `${begin}\n${content}\n${end}`);
  }, page);
}

/** Formats a page as the repository formats Markdown. */
export function formatted(page: string): Promise<string> {
  return format(page, { parser: 'markdown', printWidth: 110, singleQuote: true });
}
