/** A block of commands in a document, which a test enters. */
export interface Block {
  readonly name: string;
  readonly commands: string;
}

/** Blocks that tests run are marked in the line of the fence: ```sh test=NAME */
const FENCE = /^```sh test=([\w-]+)\n(.*?)^```$/gms;

/** Returns the marked blocks of a document in order. @throws {Error} if two have the same name */
export function blocksOf(document: string): readonly Block[] {
  const blocks = [...document.matchAll(FENCE)].map(([, name = '', commands = '']) => ({ name, commands }));
  const names = blocks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`Two blocks are named ${twice}.`);
  return blocks;
}
