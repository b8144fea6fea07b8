interface Props {
  on: boolean;
  label: string;
  detail?: string;
  onChange: () => void;
}

/** A switch with its words beside it. */
export function Switch({ on, label, detail, onChange }: Props) {
  return (
    <label class="switch">
      <input type="checkbox" role="switch" checked={on} onChange={onChange} />
      <span>
        {label}
        {detail !== undefined && <span class="row-detail">{detail}</span>}
      </span>
    </label>
  );
}
