import type { MailWords } from './mail-words.ts';

export const pt: MailWords = {
  direction: 'ltr',
  untitled: 'Consulta por vídeo',
  subject: {
    reminder: 'Lembrete da sua consulta por vídeo: {when}',
    moved: 'Novo horário da sua consulta por vídeo: {when}',
    cancelled: 'Consulta por vídeo cancelada: {when}',
  },
  heading: {
    reminder: 'Sua consulta por vídeo está chegando',
    moved: 'Sua consulta por vídeo tem um novo horário',
    cancelled: 'Sua consulta por vídeo foi cancelada',
  },
  text: {
    reminder: 'Este é um lembrete da sua consulta por vídeo.',
    moved: 'O horário da sua consulta por vídeo mudou. Por favor, anote o novo horário.',
    cancelled: 'Esta consulta não vai acontecer. Você não precisa fazer nada.',
  },
  greeting: 'Olá,',
  greetingByName: 'Olá, {name},',
  when: 'Quando',
  length: 'Duração',
  about: 'Assunto',
  open: 'Abrir minha consulta',
  openByLink: 'Abra sua consulta com este link:',
  opens: 'Você pode entrar a partir de: {time}. Se abrir o link antes, verá quando ela começa.',
  personal: 'O link é só para você. Por favor, não o repasse.',
  calendar: 'O arquivo anexo coloca a consulta no seu calendário.',
  calendarWithdrawn: 'O arquivo anexo retira a consulta do seu calendário.',
  automatic: 'Este e-mail foi enviado automaticamente. Se tiver dúvidas, fale com a clínica.',
  early: {
    title: 'Sua consulta ainda não está aberta',
    opens: 'Abertura:',
    text: 'Você pode deixar esta página aberta ou voltar mais tarde com o mesmo link. Você vai entrar sem fazer nada.',
  },
};
