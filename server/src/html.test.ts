import { describe, expect, it } from 'vitest';
import { html, prose, sentence } from './html.ts';

describe('an html template', () => {
  it('escapes what it is given, in text and in attributes', () => {
    const hostile = `"><script>alert('&')</script>`;
    expect(html`<a title="${hostile}">${hostile}</a>`.text).not.toMatch(/<script|'|""/);
    expect(html`${hostile}`.text).toBe('&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;');
  });

  it('takes other templates as they are, joins lists and leaves null out', () => {
    const items = ['a', '<b>'].map((item) => html`<i>${item}</i>`);
    expect(html`${items}${null}${7}`.text).toBe('<i>a</i><i>&lt;b&gt;</i>7');
  });
});

describe('prose', () => {
  it('has paragraphs, and code in backticks, all of it escaped', () => {
    expect(prose('Say `a<b`.\n\nDone.').text).toBe('<p>Say <code>a&lt;b</code>.</p><p>Done.</p>');
    expect(sentence('`<i>`').text).toBe('<code>&lt;i&gt;</code>');
  });
});
