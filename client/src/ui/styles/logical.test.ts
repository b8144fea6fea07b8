import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const sources = join(import.meta.dirname, '../..');
const styles = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.css'),
);

const PHYSICAL = /^(left|right|(margin|padding|border|inset|scroll-margin)-(left|right)\b.*)$/;
const FOUR_SIDES = /^(margin|padding|inset|border-(width|color|style))$/;

/** Returns the declarations of a style sheet that name the left or the right side. */
function physical(css: string): string[] {
  return [...css.matchAll(/^\s*([a-z-]+):\s*([^;{}]+);/gm)].flatMap(([, property = '', value = '']) => {
    const [, right, , left] = value.replaceAll(/\([^()]*\)/g, '()').split(/\s+/);
    // The notch of a phone is at a physical side.
    const differs =
      FOUR_SIDES.test(property) && left !== undefined && right !== left && !value.includes('env(');
    const aligns = /^(text-align|float|clear)$/.test(property) && /\b(left|right)\b/.test(value);
    return PHYSICAL.test(property) || differs || aligns ? [`${property}: ${value}`] : [];
  });
}

it.each(styles)('%s names no left or right side, so that Arabic is mirrored', (file) => {
  expect(physical(readFileSync(join(sources, file), 'utf8'))).toEqual([]);
});

it('physical finds sides in shorthands and values', () => {
  const css =
    'a {\n  padding: 1px 2px 3px 4px;\n  margin: 1px 2px;\n  text-align: left;\n  margin-left: 1px;\n}';
  expect(physical(css)).toEqual(['padding: 1px 2px 3px 4px', 'text-align: left', 'margin-left: 1px']);
});
