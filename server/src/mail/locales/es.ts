import type { Messages } from './en.ts';

export const es: Messages = {
  untitled: 'Videoconsulta',
  'subject.reminder': 'Recordatorio de su videoconsulta: {when}',
  'subject.moved': 'Nueva hora de su videoconsulta: {when}',
  'subject.cancelled': 'Videoconsulta cancelada: {when}',
  'heading.reminder': 'Su videoconsulta se acerca',
  'heading.moved': 'Su videoconsulta tiene una nueva hora',
  'heading.cancelled': 'Su videoconsulta se ha cancelado',
  'text.reminder': 'Le recordamos su videoconsulta.',
  'text.moved': 'La hora de su videoconsulta ha cambiado. Por favor, tome nota de la nueva hora.',
  'text.cancelled': 'Esta consulta no tendrá lugar. No tiene que hacer nada.',
  greeting: 'Hola:',
  greetingByName: 'Hola, {name}:',
  when: 'Cuándo',
  duration: 'Duración',
  topic: 'Asunto',
  open: 'Abrir mi consulta',
  openByLink: 'Abra su consulta con este enlace:',
  opens: 'Podrá entrar a partir de: {time}. Si abre el enlace antes, verá cuándo empieza.',
  personalLink: 'El enlace es solo para usted. Por favor, no lo comparta.',
  'calendar.add': 'El archivo adjunto añade la consulta a su calendario.',
  'calendar.remove': 'El archivo adjunto quita la consulta de su calendario.',
  footer:
    'Este correo se ha enviado automáticamente. Si tiene alguna pregunta, póngase en contacto con la clínica.',
  'early.title': 'Su consulta aún no está abierta',
  'early.opens': 'Podrá entrar:',
  'early.text':
    'Puede dejar esta página abierta o volver más tarde con el mismo enlace. Entrará automáticamente.',
};
