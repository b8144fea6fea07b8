import { defineTexts, type Messages } from '../../../../locales/index.ts';

const en = {
  'agora.title': 'Video visit',
  'agora.people': 'People in the visit',
  'agora.controls': 'Camera, microphone and leaving',
  'agora.joining': 'Connecting…',
  'agora.joined': 'You are in the visit.',
  'agora.alone': 'Nobody else is here yet.',
  'agora.participant': 'Participant',
  'agora.videoOf': 'Video of {name}',
  'agora.hear': 'Tap to hear the others',
  'agora.watching': 'You can see and hear the others. They can’t see or hear you.',
  'agora.leave': 'Leave',
  'agora.back': 'Back',
  'agora.sdk_missing.title': 'The call could not be loaded',
  'agora.sdk_missing.text': 'Check your internet connection, then try again.',
  'agora.unreachable.title': 'The call can’t be reached',
  'agora.unreachable.text':
    'Check your internet connection, then try again. In the network of a company or a clinic, the call may be blocked: try another network.',
  'agora.refused.title': 'You could not be let in',
  'agora.refused.text': 'Your access may have run out. Go back and open the meeting again.',
  'agora.replaced.title': 'You joined on another device',
  'agora.replaced.text': 'The visit continues there, or in another tab. You can also continue here.',
} as const;

const es: Messages<'es', typeof en> = {
  'agora.title': 'Videoconsulta',
  'agora.people': 'Personas en la consulta',
  'agora.controls': 'Cámara, micrófono y salida',
  'agora.joining': 'Conectando…',
  'agora.joined': 'Está en la consulta.',
  'agora.alone': 'Todavía no hay nadie más.',
  'agora.participant': 'Participante',
  'agora.videoOf': 'Vídeo de {name}',
  'agora.hear': 'Toque para oír a los demás',
  'agora.watching': 'Usted puede ver y oír a los demás. Ellos no pueden verle ni oírle.',
  'agora.leave': 'Salir',
  'agora.back': 'Volver',
  'agora.sdk_missing.title': 'No se ha podido cargar la llamada',
  'agora.sdk_missing.text': 'Compruebe su conexión a internet e inténtelo de nuevo.',
  'agora.unreachable.title': 'No se puede conectar con la llamada',
  'agora.unreachable.text':
    'Compruebe su conexión a internet e inténtelo de nuevo. En la red de una empresa o una clínica, la llamada puede estar bloqueada: pruebe otra red.',
  'agora.refused.title': 'No ha sido posible entrar',
  'agora.refused.text': 'Es posible que su acceso haya caducado. Vuelva y abra la reunión de nuevo.',
  'agora.replaced.title': 'Ha entrado en otro dispositivo',
  'agora.replaced.text': 'La consulta sigue allí o en otra pestaña. También puede seguir aquí.',
};

const de: Messages<'de', typeof en> = {
  'agora.title': 'Videotermin',
  'agora.people': 'Personen im Termin',
  'agora.controls': 'Kamera, Mikrofon und Verlassen',
  'agora.joining': 'Verbindung wird hergestellt…',
  'agora.joined': 'Sie sind im Termin.',
  'agora.alone': 'Noch ist niemand sonst da.',
  'agora.participant': 'Teilnehmende Person',
  'agora.videoOf': 'Video von {name}',
  'agora.hear': 'Tippen, um die anderen zu hören',
  'agora.watching': 'Sie sehen und hören die anderen. Die anderen sehen und hören Sie nicht.',
  'agora.leave': 'Verlassen',
  'agora.back': 'Zurück',
  'agora.sdk_missing.title': 'Das Videogespräch konnte nicht geladen werden',
  'agora.sdk_missing.text': 'Prüfen Sie Ihre Internetverbindung und versuchen Sie es noch einmal.',
  'agora.unreachable.title': 'Das Videogespräch ist nicht erreichbar',
  'agora.unreachable.text':
    'Prüfen Sie Ihre Internetverbindung und versuchen Sie es noch einmal. Im Netz einer Firma oder Klinik kann es gesperrt sein: Versuchen Sie es in einem anderen Netz.',
  'agora.refused.title': 'Sie konnten nicht eingelassen werden',
  'agora.refused.text':
    'Ihr Zugang ist vielleicht abgelaufen. Gehen Sie zurück und öffnen Sie die Besprechung erneut.',
  'agora.replaced.title': 'Sie sind auf einem anderen Gerät beigetreten',
  'agora.replaced.text':
    'Der Termin geht dort oder in einem anderen Tab weiter. Sie können auch hier weitermachen.',
};

const fr: Messages<'fr', typeof en> = {
  'agora.title': 'Consultation vidéo',
  'agora.people': 'Personnes dans la consultation',
  'agora.controls': 'Caméra, micro et sortie',
  'agora.joining': 'Connexion…',
  'agora.joined': 'Vous êtes dans la consultation.',
  'agora.alone': 'Il n’y a encore personne d’autre.',
  'agora.participant': 'Participant',
  'agora.videoOf': 'Vidéo de {name}',
  'agora.hear': 'Touchez pour entendre les autres',
  'agora.watching': 'Vous voyez et entendez les autres. Ils ne vous voient pas et ne vous entendent pas.',
  'agora.leave': 'Quitter',
  'agora.back': 'Retour',
  'agora.sdk_missing.title': 'L’appel n’a pas pu être chargé',
  'agora.sdk_missing.text': 'Vérifiez votre connexion internet, puis réessayez.',
  'agora.unreachable.title': 'L’appel est inaccessible',
  'agora.unreachable.text':
    'Vérifiez votre connexion internet, puis réessayez. Dans le réseau d’une entreprise ou d’une clinique, l’appel peut être bloqué : essayez un autre réseau.',
  'agora.refused.title': 'Vous n’avez pas pu entrer',
  'agora.refused.text': 'Votre accès a peut-être expiré. Revenez en arrière et ouvrez de nouveau la réunion.',
  'agora.replaced.title': 'Vous avez rejoint sur un autre appareil',
  'agora.replaced.text':
    'La consultation continue là-bas, ou dans un autre onglet. Vous pouvez aussi continuer ici.',
};

const pt: Messages<'pt', typeof en> = {
  'agora.title': 'Consulta por vídeo',
  'agora.people': 'Pessoas na consulta',
  'agora.controls': 'Câmera, microfone e saída',
  'agora.joining': 'Conectando…',
  'agora.joined': 'Você está na consulta.',
  'agora.alone': 'Ainda não há mais ninguém aqui.',
  'agora.participant': 'Participante',
  'agora.videoOf': 'Vídeo de {name}',
  'agora.hear': 'Toque para ouvir os outros',
  'agora.watching': 'Você vê e ouve os outros. Eles não veem nem ouvem você.',
  'agora.leave': 'Sair',
  'agora.back': 'Voltar',
  'agora.sdk_missing.title': 'Não foi possível carregar a chamada',
  'agora.sdk_missing.text': 'Verifique sua conexão com a internet e tente novamente.',
  'agora.unreachable.title': 'Não é possível conectar à chamada',
  'agora.unreachable.text':
    'Verifique sua conexão com a internet e tente novamente. Na rede de uma empresa ou clínica, a chamada pode estar bloqueada: tente outra rede.',
  'agora.refused.title': 'Não foi possível entrar',
  'agora.refused.text': 'Seu acesso pode ter expirado. Volte e abra a reunião de novo.',
  'agora.replaced.title': 'Você entrou em outro dispositivo',
  'agora.replaced.text': 'A consulta continua lá ou em outra aba. Você também pode continuar aqui.',
};

const ar: Messages<'ar', typeof en> = {
  'agora.title': 'زيارة بالفيديو',
  'agora.people': 'الأشخاص في الزيارة',
  'agora.controls': 'الكاميرا والميكروفون والمغادرة',
  'agora.joining': 'جارٍ الاتصال…',
  'agora.joined': 'أنت الآن في الزيارة.',
  'agora.alone': 'لا يوجد أحد غيرك هنا بعد.',
  'agora.participant': 'مشارك',
  'agora.videoOf': 'فيديو {name}',
  'agora.hear': 'اضغط لسماع الآخرين',
  'agora.watching': 'يمكنك رؤية الآخرين وسماعهم، ولا يمكنهم رؤيتك أو سماعك.',
  'agora.leave': 'مغادرة',
  'agora.back': 'رجوع',
  'agora.sdk_missing.title': 'تعذّر تحميل المكالمة',
  'agora.sdk_missing.text': 'تحقّق من اتصالك بالإنترنت ثم حاول مرة أخرى.',
  'agora.unreachable.title': 'يتعذّر الوصول إلى المكالمة',
  'agora.unreachable.text':
    'تحقّق من اتصالك بالإنترنت ثم حاول مرة أخرى. قد تكون المكالمة محجوبة في شبكة شركة أو عيادة، فجرّب شبكة أخرى.',
  'agora.refused.title': 'تعذّر دخولك',
  'agora.refused.text': 'ربما انتهت صلاحية دخولك. ارجع وافتح الاجتماع مرة أخرى.',
  'agora.replaced.title': 'لقد انضممت من جهاز آخر',
  'agora.replaced.text': 'تستمر الزيارة هناك أو في علامة تبويب أخرى. يمكنك أيضًا المتابعة هنا.',
};

export const { texts, t } = defineTexts({ en, es, de, fr, pt, ar });
