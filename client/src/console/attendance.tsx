import type { ConsoleSessionDetail } from '@televisit/shared/console';
import { figure, span } from './format.ts';
import { Badge, Person, Section, type Tone, None } from './parts.tsx';
import { Table, type Column } from './table.tsx';
import { t } from './texts.ts';

type Seat = ConsoleSessionDetail['attendance'][number];
type Place = 'here' | 'waiting' | 'away' | 'never' | 'removed';

const TONES: Readonly<Record<Place, Tone>> = {
  here: 'good',
  waiting: 'busy',
  away: 'quiet',
  never: 'quiet',
  removed: 'warning',
};

/** Returns where a person is. */
export function placeOf({ present, waiting, removedAt, intervals }: Seat): Place {
  if (removedAt !== null) return 'removed';
  if (present) return 'here';
  if (waiting) return 'waiting';
  return intervals.length > 0 ? 'away' : 'never';
}

const score = (value: number | null) => (value === null ? '–' : figure(value));

/** The people of a visit. */
export function Attendance({ detail: { attendance } }: { detail: ConsoleSessionDetail }) {
  const columns: readonly Column<Seat>[] = [
    {
      id: 'person',
      label: t('console.visit.people'),
      isHeader: true,
      cell: ({ person }) => <Person person={person} />,
    },
    {
      id: 'status',
      label: t('console.person.status'),
      cell: (seat) => <Badge tone={TONES[placeOf(seat)]}>{t(`console.person.${placeOf(seat)}`)}</Badge>,
    },
    {
      id: 'time',
      label: t('console.person.time'),
      isFigure: true,
      cell: ({ minutes }) => (minutes > 0 ? span(minutes * 60) : <None />),
    },
    {
      id: 'waited',
      label: t('console.person.waited'),
      isFigure: true,
      cell: ({ waitingSeconds }) => (waitingSeconds > 0 ? span(waitingSeconds) : <None />),
    },
    {
      id: 'reconnects',
      label: t('console.person.reconnects'),
      isFigure: true,
      cell: ({ reconnects }) => figure(reconnects),
    },
    {
      id: 'impaired',
      label: t('console.person.impaired'),
      isFigure: true,
      cell: ({ impairedMinutes }) => (impairedMinutes > 0 ? span(impairedMinutes * 60) : <None />),
    },
    {
      id: 'quality',
      label: t('console.person.quality'),
      isFigure: true,
      cell: ({ quality }) => `${score(quality.sent)} / ${score(quality.received)}`,
    },
    {
      id: 'rating',
      label: t('console.person.rating'),
      cell: ({ rating }) => (rating === null ? <None /> : t('console.person.stars', { count: rating })),
    },
  ];
  return (
    <Section title={t('console.visit.people')} testId="people">
      <Table
        label={t('console.visit.people')}
        columns={columns}
        rows={attendance}
        keyOf={({ person }) => String(person.seat)}
        testId="person"
      />
    </Section>
  );
}
