import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const pt = {
  'feedback.title': 'Como foi a sua consulta?',
  'feedback.star': '{count} de {total} estrelas',
  'feedback.worst': 'Ruim',
  'feedback.best': 'Muito boa',
  'feedback.comment': 'Quer acrescentar algo? (opcional)',
  'feedback.reader': 'Sua resposta será enviada à clínica.',
  'feedback.left': {
    one: 'Resta {count} caractere',
    many: 'Restam {count} de caracteres',
    other: 'Restam {count} caracteres',
  },
  'feedback.send': 'Enviar avaliação',
  'feedback.choose': 'Primeiro, escolha de 1 a 5 estrelas.',
  'feedback.failed': 'Não foi possível enviar. Tente novamente.',
  'feedback.refused': 'Não é mais possível avaliar esta consulta por aqui.',
  'feedback.thanks': 'Agradecemos a sua avaliação!',
} as const satisfies Messages<'pt', typeof en>;
