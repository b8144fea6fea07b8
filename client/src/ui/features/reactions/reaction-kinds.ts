import type { Reaction } from '@televisit/shared/vocabulary';

/** The reactions in the order of the menu. The contract's list would bring its schemas into the page. */
export const REACTION_KINDS: readonly Reaction[] = ['thumbs_up', 'heart', 'clap', 'laugh', 'surprise', 'sad'];
