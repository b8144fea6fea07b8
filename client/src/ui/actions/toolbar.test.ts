import { describe, expect, it } from 'vitest';
import { visibleActions } from './toolbar.tsx';

const actions = [
  { id: 'microphone', placement: { toolbar: 'always' as const } },
  { id: 'share', placement: { toolbar: { rank: 3 } } },
  { id: 'hand', placement: { toolbar: { rank: 2 } } },
  { id: 'chat', placement: { toolbar: { rank: 1 } } },
];
const ids = (width: number) => visibleActions(actions, width, 50).map(({ id }) => id);

describe('visibleActions', () => {
  it('returns all actions if the toolbar is wide enough', () => {
    expect(ids(250)).toEqual(['microphone', 'share', 'hand', 'chat']);
  });

  it('drops the highest ranks first and keeps the given order', () => {
    expect(ids(249)).toEqual(['microphone', 'hand', 'chat']);
    expect(ids(150)).toEqual(['microphone', 'chat']);
  });

  it('returns only the actions that always stay if there is no room', () => {
    expect(ids(100)).toEqual(['microphone']);
    expect(ids(0)).toEqual(['microphone']);
  });
});
