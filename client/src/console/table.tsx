import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  /** The cell that names the row. */
  readonly isHeader?: boolean;
  /** Figures are aligned at their end. */
  readonly isFigure?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly testId?: string;
}

/**
 * A table. In a narrow window each row is a card with the names of the columns; the roles keep it a table for screen readers,
 * which CSS would otherwise take from it.
 */
export function Table<Row>({ label, columns, rows, keyOf, testId }: Props<Row>) {
  const id = useId();
  return (
    <table class="table" role="table" aria-label={label} data-testid={testId}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th
              key={column.id}
              id={`${id}-${column.id}`}
              role="columnheader"
              scope="col"
              class={column.isFigure ? 'figure' : undefined}
            >
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row" data-testid={testId && `${testId}-row`} data-key={keyOf(row)}>
            {columns.map((column) => (
              <Cell key={column.id} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const { label, isHeader, isFigure, cell, id } = column;
  const content = (
    <>
      <span class="cell-label" aria-hidden="true">
        {label}
      </span>
      <div class="cell-content">{cell(row)}</div>
    </>
  );
  const name = `cell-${id} ${isFigure ? 'figure' : ''}`;
  return isHeader ? (
    <th role="rowheader" scope="row" class={name}>
      {content}
    </th>
  ) : (
    <td role="cell" class={name}>
      {content}
    </td>
  );
}
