import type { MailWords } from './mail-words.ts';

export const en: MailWords = {
  direction: 'ltr',
  untitled: 'Video visit',
  subject: {
    reminder: 'Reminder: your video visit on {when}',
    moved: 'Your video visit has a new time: {when}',
    cancelled: 'Cancelled: your video visit on {when}',
  },
  heading: {
    reminder: 'Your video visit is coming up',
    moved: 'Your video visit has a new time',
    cancelled: 'Your video visit is cancelled',
  },
  text: {
    reminder: 'This is a reminder of your video visit.',
    moved: 'The time of your video visit was changed. Please note the new time.',
    cancelled: 'This visit does not take place. There is nothing you need to do.',
  },
  greeting: 'Hello,',
  greetingByName: 'Hello {name},',
  when: 'When',
  length: 'Length',
  about: 'About',
  open: 'Open my visit',
  openByLink: 'Open your visit with this link:',
  opens: 'You can enter from {time}. If you open the link earlier, you see when it begins.',
  personal: 'The link is for you alone. Please do not pass it on.',
  calendar: 'The attached file puts the visit into your calendar.',
  calendarWithdrawn: 'The attached file takes the visit out of your calendar.',
  automatic: 'This e-mail was sent automatically. If you have a question, please contact the clinic.',
  early: {
    title: 'Your visit is not open yet',
    opens: 'It opens:',
    text: 'You can leave this page open, or come back later with the same link. It takes you in by itself.',
  },
};
