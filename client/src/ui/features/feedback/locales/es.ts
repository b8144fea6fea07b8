import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const es = {
  'feedback.title': '¿Qué tal fue su consulta?',
  'feedback.star': '{count} de {total} estrellas',
  'feedback.worst': 'Mal',
  'feedback.best': 'Muy bien',
  'feedback.comment': '¿Quiere añadir algo? (opcional)',
  'feedback.reader': 'Su respuesta se envía a la clínica.',
  'feedback.left': {
    one: 'Queda {count} carácter',
    many: 'Quedan {count} de caracteres',
    other: 'Quedan {count} caracteres',
  },
  'feedback.send': 'Enviar opinión',
  'feedback.choose': 'Primero elija de 1 a 5 estrellas.',
  'feedback.failed': 'No se pudo enviar. Inténtelo de nuevo.',
  'feedback.refused': 'Ya no se puede enviar desde aquí una opinión sobre esta consulta.',
  'feedback.thanks': '¡Gracias por su opinión!',
} as const satisfies Messages<'es', typeof en>;
