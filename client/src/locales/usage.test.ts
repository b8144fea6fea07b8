import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { consoleMessages } from '../console/texts.ts';
import { callMessages } from './call.ts';
import { base } from './index.ts';

const sources = import.meta.glob<string>(
  ['../{console,ui}/**/*.{ts,tsx}', '!../**/*.test.*', '!../ui/features/**/texts.ts', '!../**/locales/*'],
  { query: '?raw', import: 'default', eager: true },
);
const features = import.meta.glob<{ en: object }>('../ui/features/**/texts.ts', {
  import: 'texts',
  eager: true,
});

/** Attributes that are shown or read aloud. */
const SPOKEN = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext'])
  .add('title')
  .add('placeholder')
  .add('alt')
  .add('label');

function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  node.forEachChild((child) => visit(child, see));
}

/** The texts in a source file, and its templates as patterns in which each hole holds one part of a key. */
function keysIn(file: ts.SourceFile): { texts: Set<string>; patterns: RegExp[] } {
  const texts = new Set<string>();
  const patterns: RegExp[] = [];
  visit(file, (node) => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    // A template that starts with a hole could be any key.
    if (ts.isTemplateExpression(node) && /^\w+\./.test(node.head.text)) {
      const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
      patterns.push(new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('[^.]+')}$`));
    }
  });
  return { texts, patterns };
}

/** Returns texts in a source file that are shown but cannot be translated. */
function untranslated(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const add = (node: ts.Node, text: string) => {
    if (!/\p{L}/u.test(text)) return;
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${file.fileName}:${line + 1}: ${text.trim()}`);
  };
  visit(file, (node) => {
    if (ts.isJsxText(node)) add(node, node.text);
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) {
      for (const text of shownBy(node.expression)) add(text, text.text);
    }
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer) {
      const { initializer } = node;
      const value = ts.isJsxExpression(initializer) ? initializer.expression : initializer;
      if (value) for (const text of shownBy(value)) add(text, text.text);
    }
  });
  return found;
}

/** Returns the literal texts that an expression can evaluate to. */
function shownBy(node: ts.Node): ts.LiteralLikeNode[] {
  if (ts.isStringLiteralLike(node)) return [node];
  if (ts.isTemplateExpression(node)) return [node.head, ...node.templateSpans.map(({ literal }) => literal)];
  if (ts.isParenthesizedExpression(node)) return shownBy(node.expression);
  if (ts.isConditionalExpression(node)) return [...shownBy(node.whenTrue), ...shownBy(node.whenFalse)];
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return shownBy(node.right);
    const gives = [
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
      ts.SyntaxKind.PlusToken,
    ].includes(kind);
    return gives ? [...shownBy(node.left), ...shownBy(node.right)] : [];
  }
  return [];
}

/** Keys of a catalog that no source uses. */
function unusedKeys(english: object, files: readonly ts.SourceFile[]): string[] {
  const uses = files.map(keysIn);
  return Object.keys(english).filter((key) =>
    uses.every(({ texts, patterns }) => !texts.has(key) && !patterns.some((pattern) => pattern.test(key))),
  );
}

describe('the messages of the page', () => {
  const files = Object.entries(sources).map(([name, text]) => parse(name, text));

  it('are all in use', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(unusedKeys({ ...base.english, ...callMessages.english }, files)).toEqual([]);
  });

  it('used by the console are all in use within its folder', () => {
    const own = files.filter(({ fileName }) => fileName.startsWith('../console/'));
    expect(own.length).toBeGreaterThan(10);
    expect(unusedKeys(consoleMessages.english, own)).toEqual([]);
  });

  it.each(Object.entries(features))('in %s are in use within the folder', (file, { en }) => {
    const own = files.filter(({ fileName }) => fileName.startsWith(file.replace('texts.ts', '')));
    expect(own.length).toBeGreaterThan(0);
    expect(unusedKeys(en, own)).toEqual([]);
  });

  it('contain every text that the components show', () => {
    expect(files.flatMap(untranslated)).toEqual([]);
  });
});

describe('untranslated', () => {
  const found = (source: string) =>
    untranslated(parse('page.tsx', source)).map((place) => place.split(': ')[1]);

  it.each([
    ['<p>Hello</p>', ['Hello']],
    ['<p>{"Hello"}</p>', ['Hello']],
    ['<p>{late ? "Late" : t("x")}</p>', ['Late']],
    ['<p>{late && `Late by ${n} minutes`}</p>', ['Late by', 'minutes']],
    ['<p>{name || "Nobody"}</p>', ['Nobody']],
    ['<img alt="A face" />', ['A face']],
    ['<button aria-label={on ? "On" : t("off")} />', ['On']],
  ])('finds the texts in %s: %j', (source, words) => expect(found(`const x = ${source};`)).toEqual(words));

  it.each([
    '<p class="who">{t("who.are", { name })} · 5</p>',
    '<p>{kind === "camera" && <b>{t("camera")}</b>}</p>',
    '<button aria-label={t("leave")} type="button" data-testid="leave" />',
    '<>{t(on ? "a.on" : "a.off")}</>',
  ])('finds nothing in %s', (source) => expect(found(`const x = ${source};`)).toEqual([]));
});
