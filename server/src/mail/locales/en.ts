/** The texts of e-mails and of the page behind a link that is opened early. Values replace the `{names}`. */
export const en = {
  untitled: 'Video visit',
  'subject.invited': 'Invitation: your video visit on {when}',
  'subject.withdrawn': 'No longer for you: the video visit on {when}',
  'subject.reminder': 'Reminder: your video visit on {when}',
  'subject.moved': 'Your video visit has a new time: {when}',
  'subject.cancelled': 'Cancelled: your video visit on {when}',
  'heading.invited': 'You are invited to a video visit',
  'heading.withdrawn': 'You no longer take part in this video visit',
  'heading.reminder': 'Your video visit is coming up',
  'heading.moved': 'Your video visit has a new time',
  'heading.cancelled': 'Your video visit is cancelled',
  'text.invited': 'You are invited to this video visit.',
  'text.withdrawn': 'You are no longer expected at this visit. You don’t need to do anything.',
  'text.reminder': 'This is a reminder of your video visit.',
  'text.moved': 'The time of your video visit has changed. Please note the new time.',
  'text.cancelled': 'This visit will not take place. You don’t need to do anything.',
  greeting: 'Hello,',
  greetingByName: 'Hello {name},',
  when: 'When',
  duration: 'Duration',
  topic: 'Topic',
  open: 'Open my visit',
  openByLink: 'Open your visit with this link:',
  opens: 'You can join from {time}. If you open the link earlier, you will see when the visit begins.',
  personalLink: 'This link is only for you. Please don’t share it.',
  'calendar.add': 'Open the attached file to add the visit to your calendar.',
  'calendar.remove': 'Open the attached file to remove the visit from your calendar.',
  footer: 'This e-mail was sent automatically. If you have a question, please contact the clinic.',
  'early.title': 'Your visit is not open yet',
  'early.opens': 'It opens:',
  'early.text':
    'You can keep this page open, or come back later with the same link. You will be let in automatically.',
} as const;

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;
