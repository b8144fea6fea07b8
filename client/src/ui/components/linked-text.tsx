import { linkify } from './linkify.ts';

/** A person's text, with web addresses as links. Nothing in it is treated as markup. */
export function LinkedText({ text, class: className }: { text: string; class: string }) {
  return (
    <p class={className} dir="auto">
      {linkify(text).map(({ text: words, href }, index) =>
        href === null ? (
          words
        ) : (
          <bdi key={index}>
            <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
              {words}
            </a>
          </bdi>
        ),
      )}
    </p>
  );
}
