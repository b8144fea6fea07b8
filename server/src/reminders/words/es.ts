import type { MailWords } from './mail-words.ts';

export const es: MailWords = {
  direction: 'ltr',
  untitled: 'Videoconsulta',
  subject: {
    reminder: 'Recordatorio de su videoconsulta: {when}',
    moved: 'Nueva hora de su videoconsulta: {when}',
    cancelled: 'Videoconsulta cancelada: {when}',
  },
  heading: {
    reminder: 'Su videoconsulta se acerca',
    moved: 'Su videoconsulta tiene una nueva hora',
    cancelled: 'Su videoconsulta se ha cancelado',
  },
  text: {
    reminder: 'Le recordamos su videoconsulta.',
    moved: 'La hora de su videoconsulta ha cambiado. Por favor, tome nota de la nueva hora.',
    cancelled: 'Esta consulta no tendrá lugar. No tiene que hacer nada.',
  },
  greeting: 'Hola:',
  greetingByName: 'Hola, {name}:',
  when: 'Cuándo',
  length: 'Duración',
  about: 'Asunto',
  open: 'Abrir mi consulta',
  openByLink: 'Abra su consulta con este enlace:',
  opens: 'Podrá entrar a partir de: {time}. Si abre el enlace antes, verá cuándo empieza.',
  personal: 'El enlace es solo para usted. Por favor, no lo comparta.',
  calendar: 'El archivo adjunto añade la consulta a su calendario.',
  calendarWithdrawn: 'El archivo adjunto quita la consulta de su calendario.',
  automatic: 'Este correo se ha enviado automáticamente. Si tiene alguna pregunta, llame a la clínica.',
  early: {
    title: 'Su consulta aún no está abierta',
    opens: 'Podrá entrar:',
    text: 'Puede dejar esta página abierta o volver más tarde con el mismo enlace. Le hará entrar sin que haga nada.',
  },
};
