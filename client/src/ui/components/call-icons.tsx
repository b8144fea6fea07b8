import { Icon } from './icons.tsx';

export function ShareIcon({ off = false }: { off?: boolean }) {
  return (
    <Icon>
      <rect x="3" y="4.5" width="18" height="12" rx="2" />
      <path d={off ? 'M9.5 8l5 5M14.5 8l-5 5M8 20h8' : 'M12 13.5V8M9.5 10L12 7.5l2.5 2.5M8 20h8'} />
    </Icon>
  );
}

export function PauseIcon() {
  return (
    <Icon>
      <path d="M9 6v12M15 6v12" stroke-width="3" />
    </Icon>
  );
}

export function HandIcon() {
  return (
    <Icon>
      <path d="M8 12.5V6a1.4 1.4 0 0 1 2.8 0v5M10.8 10.5V4.4a1.4 1.4 0 0 1 2.8 0v6.1M13.6 10.8V5.6a1.4 1.4 0 0 1 2.8 0v8.4c0 4-2.2 6.6-5.4 6.6-2.6 0-4-1.2-5.2-3.4l-2-3.7c-.9-1.6 1.2-2.8 2.3-1.4L8 14.5" />
    </Icon>
  );
}

export function SmileIcon() {
  return (
    <Icon>
      <circle cx="12" cy="12" r="9" />
      <path d="M8.2 14a4.4 4.4 0 0 0 7.6 0M9 9.5v.2M15 9.5v.2" />
    </Icon>
  );
}

export function ChatIcon() {
  return (
    <Icon>
      <path d="M4 5.5h16v11h-9L6.5 20v-3.5H4zM8 9.5h8M8 12.8h5" />
    </Icon>
  );
}

export function PeopleIcon() {
  return (
    <Icon>
      <circle cx="9" cy="8.5" r="3.2" />
      <path d="M3 19c.4-3.6 2.7-5.5 6-5.5s5.6 1.9 6 5.5M16 5.6a3.2 3.2 0 0 1 0 5.8M17.5 14c2 .8 3.2 2.5 3.5 5" />
    </Icon>
  );
}

export function MoreIcon() {
  return (
    <Icon>
      <path d="M5 12v.01M12 12v.01M19 12v.01" stroke-width="3.2" />
    </Icon>
  );
}

export function InfoIcon() {
  return (
    <Icon>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v5.5M12 7.6v.1" />
    </Icon>
  );
}

export function GridIcon() {
  return (
    <Icon>
      <rect x="3.5" y="4.5" width="7.5" height="6.5" rx="1.2" />
      <rect x="13" y="4.5" width="7.5" height="6.5" rx="1.2" />
      <rect x="3.5" y="13" width="7.5" height="6.5" rx="1.2" />
      <rect x="13" y="13" width="7.5" height="6.5" rx="1.2" />
    </Icon>
  );
}

export function StageIcon() {
  return (
    <Icon onward>
      <rect x="3.5" y="4.5" width="11.5" height="15" rx="1.5" />
      <path d="M18 5.5h2.5M18 12h2.5M18 18.5h2.5" stroke-width="3" />
    </Icon>
  );
}

export function FullscreenIcon({ off = false }: { off?: boolean }) {
  return (
    <Icon>
      <path d={off ? 'M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5' : 'M4 9V4h5M15 4h5v5M4 15v5h5M20 15v5h-5'} />
    </Icon>
  );
}

export function WindowIcon() {
  return (
    <Icon>
      <rect x="3" y="4.5" width="18" height="15" rx="2" />
      <rect x="12" y="11.5" width="6.5" height="5" rx="1" fill="currentColor" />
    </Icon>
  );
}

export function PinIcon({ off = false }: { off?: boolean }) {
  return (
    <Icon>
      <path d="M9 3.5h6l-.8 6.5 3.3 3v2H6.5v-2l3.3-3zM12 15v5.5" />
      {off && <path d="M4 3l17 18" />}
    </Icon>
  );
}

export function LockIcon({ open = false }: { open?: boolean }) {
  return (
    <Icon>
      <rect x="5" y="11" width="14" height="9" rx="2" />
      <path d={open ? 'M8.5 11V7.5a3.5 3.5 0 0 1 6.8-1.2' : 'M8.5 11V7.5a3.5 3.5 0 0 1 7 0V11'} />
    </Icon>
  );
}

export function KeyboardIcon() {
  return (
    <Icon>
      <rect x="2.5" y="6" width="19" height="12" rx="2" />
      <path d="M6 10v.01M9.5 10v.01M13 10v.01M16.5 10h1M8 14.2h8" />
    </Icon>
  );
}

export function SendIcon() {
  return (
    <Icon onward>
      <path d="M4 5l16.5 7L4 19l2.5-7zM6.5 12H13" />
    </Icon>
  );
}

export function AttachIcon() {
  return (
    <Icon>
      <path d="M19 11.5l-7 7a4.3 4.3 0 0 1-6.1-6.1l7.6-7.6a2.9 2.9 0 0 1 4.1 4.1l-7.5 7.5a1.4 1.4 0 0 1-2-2l6.5-6.5" />
    </Icon>
  );
}

export function FileIcon() {
  return (
    <Icon>
      <path d="M6 3.5h8l4 4v13H6zM14 3.5v4h4" />
    </Icon>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="M6 6l12 12M18 6L6 18" />
    </Icon>
  );
}

export function ChevronIcon({ back = false }: { back?: boolean }) {
  return (
    <Icon onward>
      <path d={back ? 'M14.5 6l-6 6 6 6' : 'M9.5 6l6 6-6 6'} />
    </Icon>
  );
}

export function MoveIcon() {
  return (
    <Icon>
      <path d="M12 3.5v17M3.5 12h17M12 3.5l-2.5 2.5M12 3.5l2.5 2.5M12 20.5L9.5 18M12 20.5l2.5-2.5M3.5 12L6 9.5M3.5 12L6 14.5M20.5 12L18 9.5M20.5 12L18 14.5" />
    </Icon>
  );
}

export function HideIcon({ off = false }: { off?: boolean }) {
  return (
    <Icon>
      <path d="M2.5 12c2.4-4.2 5.6-6.3 9.5-6.3s7.1 2.1 9.5 6.3c-2.4 4.2-5.6 6.3-9.5 6.3S4.9 16.2 2.5 12z" />
      <circle cx="12" cy="12" r="2.8" />
      {off && <path d="M4 3l17 18" />}
    </Icon>
  );
}

export function FlipIcon() {
  return (
    <Icon>
      <path d="M4 12a8 8 0 0 1 13.5-5.8L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 0 1-13.5 5.8L4 15.5M4 20v-4.5h4.5" />
    </Icon>
  );
}

export function SpeakingIcon() {
  return (
    <Icon>
      <path d="M5 10v4M9 7v10M13 9.5v5M17 6v12M21 10.5v3" stroke-width="2.4" />
    </Icon>
  );
}

export function DataIcon() {
  return (
    <Icon>
      <path d="M12 3.5c4 4.6 6 7.7 6 10.3a6 6 0 0 1-12 0c0-2.6 2-5.7 6-10.3zM9.5 14.5a2.6 2.6 0 0 0 2.5 2.6" />
    </Icon>
  );
}

export function UserMinusIcon() {
  return (
    <Icon>
      <circle cx="10" cy="8.5" r="3.4" />
      <path d="M3.5 19.5c.5-3.8 3-5.7 6.5-5.7s6 1.9 6.5 5.7M16.5 9.5h5" />
    </Icon>
  );
}

export function AwayIcon() {
  return (
    <Icon>
      <path d="M19.5 14.3A8 8 0 1 1 9.7 4.5a6.5 6.5 0 0 0 9.8 9.8z" />
    </Icon>
  );
}
