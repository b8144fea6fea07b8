import { defineTexts, type Messages } from '../../../locales/index.ts';

const en = {
  'permission.tryAgain': 'Choose “Try again” here on this page.',
  'permission.switchOn': 'Switch on “Camera” and “Microphone”.',
  'permission.chrome.step1': 'Click the small sign to the left of the web address, at the top.',
  'permission.edge.step1': 'Click the lock to the left of the web address, at the top.',
  'permission.firefox.step1': 'Click the crossed-out camera or microphone next to the web address.',
  'permission.firefox.step2': 'Click the ✕ next to “Blocked”.',
  'permission.firefox.step3': 'Choose “Try again” here, then “Allow”.',
  'permission.lock.tap': 'Tap the small sign to the left of the web address.',
  'permission.permissions': 'Tap “Permissions” and switch on camera and microphone.',
  'permission.firefoxAndroid.step2': 'Tap “Blocked” next to camera and microphone.',
  'permission.safari.step1': 'In the menu at the top of the screen choose “Safari”, then “Settings for …”.',
  'permission.safari.step2': 'Set “Camera” and “Microphone” to “Allow”.',
  'permission.safariIos.step1':
    'Tap the sign next to the web address (aA or a small page), then “Website Settings”.',
  'permission.safariIos.step2': 'Set “Camera” and “Microphone” to “Allow”.',
  'permission.iosApp.step1': 'Open the Settings of your iPhone or iPad and look for {app}.',
  'permission.iosApp.step2': 'Switch on “Camera” and “Microphone”.',
  'permission.iosApp.step3': 'Come back here and choose “Try again”.',
  'permission.inApp.step1': 'Tap the three dots or the compass sign in a corner of this screen.',
  'permission.inApp.step2': 'Choose “Open in browser” (Safari or Chrome).',
  'permission.inApp.step3': 'Not there? Copy the link below and paste it into Safari or Chrome.',
  'permission.other.step1': 'Choose the camera or lock sign next to the web address.',
  'permission.other.step2': 'Allow the camera and the microphone for this page.',
  'permission.system': 'Still blocked?',
  'permission.system.windows':
    'In Windows open Settings, “Privacy & security”, and allow “Camera” and “Microphone”.',
  'permission.system.mac':
    'On your Mac open System Settings, “Privacy & Security”, and allow your browser “Camera” and “Microphone”.',
  'permission.system.android':
    'On your phone open Settings, “Apps”, your browser, “Permissions”, and allow camera and microphone.',
  'permission.system.ios': 'Open Settings, “Apps”, “Safari”, and set “Camera” and “Microphone” to “Allow”.',
  'permission.copy': 'Copy the link',
  'permission.copied': 'The link is copied.',
  'permission.copyFailed': 'The link could not be copied. Open it from your message again.',
} as const;

const es: Messages<'es', typeof en> = {
  'permission.tryAgain': 'Elija «Intentar de nuevo» en esta página.',
  'permission.switchOn': 'Active «Cámara» y «Micrófono».',
  'permission.chrome.step1': 'Arriba, haga clic en el pequeño icono a la izquierda de la dirección web.',
  'permission.edge.step1': 'Arriba, haga clic en el candado a la izquierda de la dirección web.',
  'permission.firefox.step1': 'Haga clic en la cámara o el micrófono tachado junto a la dirección web.',
  'permission.firefox.step2': 'Haga clic en la ✕ junto a «Bloqueado».',
  'permission.firefox.step3': 'Elija aquí «Intentar de nuevo» y después «Permitir».',
  'permission.lock.tap': 'Toque el pequeño icono a la izquierda de la dirección web.',
  'permission.permissions': 'Toque «Permisos» y active la cámara y el micrófono.',
  'permission.firefoxAndroid.step2': 'Toque «Bloqueado» junto a la cámara y al micrófono.',
  'permission.safari.step1':
    'En el menú de la parte superior de la pantalla elija «Safari» y después «Ajustes para …».',
  'permission.safari.step2': 'Ponga «Cámara» y «Micrófono» en «Permitir».',
  'permission.safariIos.step1':
    'Toque el icono junto a la dirección web (aA o una página pequeña) y después «Ajustes del sitio web».',
  'permission.safariIos.step2': 'Ponga «Cámara» y «Micrófono» en «Permitir».',
  'permission.iosApp.step1': 'Abra los Ajustes de su iPhone o iPad y busque {app}.',
  'permission.iosApp.step2': 'Active «Cámara» y «Micrófono».',
  'permission.iosApp.step3': 'Vuelva aquí y elija «Intentar de nuevo».',
  'permission.inApp.step1': 'Toque los tres puntos o la brújula en una esquina de esta pantalla.',
  'permission.inApp.step2': 'Elija «Abrir en el navegador» (Safari o Chrome).',
  'permission.inApp.step3': '¿No lo encuentra? Copie el enlace de abajo y péguelo en Safari o Chrome.',
  'permission.other.step1': 'Elija el icono de la cámara o del candado junto a la dirección web.',
  'permission.other.step2': 'Permita la cámara y el micrófono para esta página.',
  'permission.system': '¿Sigue sin funcionar?',
  'permission.system.windows':
    'En Windows, abra Configuración, «Privacidad y seguridad», y permita «Cámara» y «Micrófono».',
  'permission.system.mac':
    'En su Mac, abra Ajustes del Sistema, «Privacidad y seguridad», y permita a su navegador «Cámara» y «Micrófono».',
  'permission.system.android':
    'En su teléfono, abra Ajustes, «Aplicaciones», su navegador, «Permisos», y permita la cámara y el micrófono.',
  'permission.system.ios': 'Abra Ajustes, «Apps», «Safari», y ponga «Cámara» y «Micrófono» en «Permitir».',
  'permission.copy': 'Copiar el enlace',
  'permission.copied': 'Enlace copiado.',
  'permission.copyFailed': 'No se pudo copiar el enlace. Ábralo de nuevo desde su mensaje.',
};

const de: Messages<'de', typeof en> = {
  'permission.tryAgain': 'Wählen Sie hier auf dieser Seite „Noch einmal versuchen“.',
  'permission.switchOn': 'Schalten Sie „Kamera“ und „Mikrofon“ ein.',
  'permission.chrome.step1': 'Klicken Sie oben auf das kleine Zeichen links neben der Webadresse.',
  'permission.edge.step1': 'Klicken Sie oben auf das Schloss links neben der Webadresse.',
  'permission.firefox.step1':
    'Klicken Sie auf die durchgestrichene Kamera oder das durchgestrichene Mikrofon neben der Webadresse.',
  'permission.firefox.step2': 'Klicken Sie auf das ✕ neben „Blockiert“.',
  'permission.firefox.step3': 'Wählen Sie hier „Noch einmal versuchen“ und dann „Erlauben“.',
  'permission.lock.tap': 'Tippen Sie auf das kleine Zeichen links neben der Webadresse.',
  'permission.permissions': 'Tippen Sie auf „Berechtigungen“ und schalten Sie Kamera und Mikrofon ein.',
  'permission.firefoxAndroid.step2': 'Tippen Sie neben Kamera und Mikrofon auf „Blockiert“.',
  'permission.safari.step1':
    'Wählen Sie im Menü am oberen Bildschirmrand „Safari“ und dann „Einstellungen für …“.',
  'permission.safari.step2': 'Stellen Sie „Kamera“ und „Mikrofon“ auf „Erlauben“.',
  'permission.safariIos.step1':
    'Tippen Sie auf das Zeichen neben der Webadresse (aA oder eine kleine Seite) und dann auf „Website-Einstellungen“.',
  'permission.safariIos.step2': 'Stellen Sie „Kamera“ und „Mikrofon“ auf „Erlauben“.',
  'permission.iosApp.step1': 'Öffnen Sie die Einstellungen Ihres iPhones oder iPads und suchen Sie {app}.',
  'permission.iosApp.step2': 'Schalten Sie „Kamera“ und „Mikrofon“ ein.',
  'permission.iosApp.step3': 'Kommen Sie hierher zurück und wählen Sie „Noch einmal versuchen“.',
  'permission.inApp.step1':
    'Tippen Sie auf die drei Punkte oder den Kompass in einer Ecke dieses Bildschirms.',
  'permission.inApp.step2': 'Wählen Sie „Im Browser öffnen“ (Safari oder Chrome).',
  'permission.inApp.step3':
    'Nicht zu finden? Kopieren Sie den Link unten und fügen Sie ihn in Safari oder Chrome ein.',
  'permission.other.step1': 'Wählen Sie das Kamera- oder Schlosszeichen neben der Webadresse.',
  'permission.other.step2': 'Erlauben Sie Kamera und Mikrofon für diese Seite.',
  'permission.system': 'Immer noch blockiert?',
  'permission.system.windows':
    'Öffnen Sie in Windows die Einstellungen, dann „Datenschutz und Sicherheit“, und erlauben Sie „Kamera“ und „Mikrofon“.',
  'permission.system.mac':
    'Öffnen Sie auf Ihrem Mac die Systemeinstellungen, dann „Datenschutz & Sicherheit“, und erlauben Sie Ihrem Browser „Kamera“ und „Mikrofon“.',
  'permission.system.android':
    'Öffnen Sie auf Ihrem Telefon die Einstellungen, dann „Apps“, Ihren Browser, „Berechtigungen“, und erlauben Sie Kamera und Mikrofon.',
  'permission.system.ios':
    'Öffnen Sie die Einstellungen, dann „Apps“, „Safari“, und stellen Sie „Kamera“ und „Mikrofon“ auf „Erlauben“.',
  'permission.copy': 'Link kopieren',
  'permission.copied': 'Der Link ist kopiert.',
  'permission.copyFailed':
    'Der Link konnte nicht kopiert werden. Öffnen Sie ihn noch einmal aus Ihrer Nachricht.',
};

const fr: Messages<'fr', typeof en> = {
  'permission.tryAgain': 'Choisissez « Réessayer » ici, sur cette page.',
  'permission.switchOn': 'Activez « Caméra » et « Microphone ».',
  'permission.chrome.step1': 'En haut, cliquez sur le petit symbole à gauche de l’adresse web.',
  'permission.edge.step1': 'En haut, cliquez sur le cadenas à gauche de l’adresse web.',
  'permission.firefox.step1': 'Cliquez sur la caméra ou le micro barré à côté de l’adresse web.',
  'permission.firefox.step2': 'Cliquez sur le ✕ à côté de « Bloqué ».',
  'permission.firefox.step3': 'Choisissez « Réessayer » ici, puis « Autoriser ».',
  'permission.lock.tap': 'Touchez le petit symbole à gauche de l’adresse web.',
  'permission.permissions': 'Touchez « Autorisations » et activez la caméra et le micro.',
  'permission.firefoxAndroid.step2': 'Touchez « Bloqué » à côté de la caméra et du micro.',
  'permission.safari.step1':
    'Dans le menu en haut de l’écran, choisissez « Safari », puis « Réglages pour … ».',
  'permission.safari.step2': 'Réglez « Caméra » et « Micro » sur « Autoriser ».',
  'permission.safariIos.step1':
    'Touchez le symbole à côté de l’adresse web (aA ou une petite page), puis « Réglages du site web ».',
  'permission.safariIos.step2': 'Réglez « Appareil photo » et « Micro » sur « Autoriser ».',
  'permission.iosApp.step1': 'Ouvrez les Réglages de votre iPhone ou iPad et cherchez {app}.',
  'permission.iosApp.step2': 'Activez « Appareil photo » et « Micro ».',
  'permission.iosApp.step3': 'Revenez ici et choisissez « Réessayer ».',
  'permission.inApp.step1': 'Touchez les trois points ou la boussole dans un coin de cet écran.',
  'permission.inApp.step2': 'Choisissez « Ouvrir dans le navigateur » (Safari ou Chrome).',
  'permission.inApp.step3':
    'Vous ne le trouvez pas ? Copiez le lien ci-dessous et collez-le dans Safari ou Chrome.',
  'permission.other.step1': 'Choisissez le symbole de caméra ou le cadenas à côté de l’adresse web.',
  'permission.other.step2': 'Autorisez la caméra et le micro pour cette page.',
  'permission.system': 'Toujours bloqué ?',
  'permission.system.windows':
    'Dans Windows, ouvrez Paramètres, « Confidentialité et sécurité », et autorisez « Caméra » et « Microphone ».',
  'permission.system.mac':
    'Sur votre Mac, ouvrez Réglages Système, « Confidentialité et sécurité », et autorisez « Caméra » et « Micro » pour votre navigateur.',
  'permission.system.android':
    'Sur votre téléphone, ouvrez Paramètres, « Applications », votre navigateur, « Autorisations », et autorisez la caméra et le micro.',
  'permission.system.ios':
    'Ouvrez Réglages, « Apps », « Safari », et réglez « Appareil photo » et « Micro » sur « Autoriser ».',
  'permission.copy': 'Copier le lien',
  'permission.copied': 'Le lien est copié.',
  'permission.copyFailed': 'Le lien n’a pas pu être copié. Ouvrez-le de nouveau depuis votre message.',
};

const pt: Messages<'pt', typeof en> = {
  'permission.tryAgain': 'Escolha “Tentar novamente” aqui nesta página.',
  'permission.switchOn': 'Ative “Câmera” e “Microfone”.',
  'permission.chrome.step1': 'No alto, clique no pequeno ícone à esquerda do endereço do site.',
  'permission.edge.step1': 'No alto, clique no cadeado à esquerda do endereço do site.',
  'permission.firefox.step1': 'Clique na câmera ou no microfone riscado ao lado do endereço do site.',
  'permission.firefox.step2': 'Clique no ✕ ao lado de “Bloqueado”.',
  'permission.firefox.step3': 'Escolha “Tentar novamente” aqui e depois “Permitir”.',
  'permission.lock.tap': 'Toque no pequeno ícone à esquerda do endereço do site.',
  'permission.permissions': 'Toque em “Permissões” e ative a câmera e o microfone.',
  'permission.firefoxAndroid.step2': 'Toque em “Bloqueado” ao lado da câmera e do microfone.',
  'permission.safari.step1': 'No menu no alto da tela, escolha “Safari” e depois “Ajustes para …”.',
  'permission.safari.step2': 'Mude “Câmera” e “Microfone” para “Permitir”.',
  'permission.safariIos.step1':
    'Toque no ícone ao lado do endereço do site (aA ou uma pequena página) e depois em “Ajustes do Site”.',
  'permission.safariIos.step2': 'Mude “Câmera” e “Microfone” para “Permitir”.',
  'permission.iosApp.step1': 'Abra os Ajustes do seu iPhone ou iPad e procure {app}.',
  'permission.iosApp.step2': 'Ative “Câmera” e “Microfone”.',
  'permission.iosApp.step3': 'Volte aqui e escolha “Tentar novamente”.',
  'permission.inApp.step1': 'Toque nos três pontos ou na bússola em um canto desta tela.',
  'permission.inApp.step2': 'Escolha “Abrir no navegador” (Safari ou Chrome).',
  'permission.inApp.step3': 'Não encontrou? Copie o link abaixo e cole no Safari ou no Chrome.',
  'permission.other.step1': 'Escolha o ícone de câmera ou de cadeado ao lado do endereço do site.',
  'permission.other.step2': 'Permita a câmera e o microfone para esta página.',
  'permission.system': 'Continua bloqueado?',
  'permission.system.windows':
    'No Windows, abra Configurações, “Privacidade e segurança”, e permita “Câmera” e “Microfone”.',
  'permission.system.mac':
    'No seu Mac, abra Ajustes do Sistema, “Privacidade e Segurança”, e permita “Câmera” e “Microfone” para o seu navegador.',
  'permission.system.android':
    'No seu celular, abra Configurações, “Apps”, o seu navegador, “Permissões”, e permita a câmera e o microfone.',
  'permission.system.ios': 'Abra Ajustes, “Apps”, “Safari”, e mude “Câmera” e “Microfone” para “Permitir”.',
  'permission.copy': 'Copiar o link',
  'permission.copied': 'O link foi copiado.',
  'permission.copyFailed': 'Não foi possível copiar o link. Abra-o de novo pela sua mensagem.',
};

const ar: Messages<'ar', typeof en> = {
  'permission.tryAgain': 'اختيار «المحاولة مرة أخرى» هنا في هذه الصفحة.',
  'permission.switchOn': 'تفعيل «الكاميرا» و«الميكروفون».',
  'permission.chrome.step1': 'النقر على الرمز الصغير بجانب عنوان الموقع، في الأعلى.',
  'permission.edge.step1': 'النقر على القفل بجانب عنوان الموقع، في الأعلى.',
  'permission.firefox.step1': 'النقر على رمز الكاميرا أو الميكروفون المشطوب بجانب عنوان الموقع.',
  'permission.firefox.step2': 'النقر على ✕ بجانب «محجوب».',
  'permission.firefox.step3': 'اختيار «المحاولة مرة أخرى» هنا، ثم «سماح».',
  'permission.lock.tap': 'لمس الرمز الصغير بجانب عنوان الموقع.',
  'permission.permissions': 'لمس «الأذونات» وتفعيل الكاميرا والميكروفون.',
  'permission.firefoxAndroid.step2': 'لمس «محجوب» بجانب الكاميرا والميكروفون.',
  'permission.safari.step1': 'في القائمة أعلى الشاشة، اختيار «Safari»، ثم «إعدادات …».',
  'permission.safari.step2': 'ضبط «الكاميرا» و«الميكروفون» على «سماح».',
  'permission.safariIos.step1': 'لمس الرمز بجانب عنوان الموقع (aA أو صفحة صغيرة)، ثم «إعدادات موقع الويب».',
  'permission.safariIos.step2': 'ضبط «الكاميرا» و«الميكروفون» على «سماح».',
  'permission.iosApp.step1': 'فتح الإعدادات في جهاز iPhone أو iPad والبحث عن {app}.',
  'permission.iosApp.step2': 'تفعيل «الكاميرا» و«الميكروفون».',
  'permission.iosApp.step3': 'العودة إلى هنا واختيار «المحاولة مرة أخرى».',
  'permission.inApp.step1': 'لمس النقاط الثلاث أو رمز البوصلة في إحدى زوايا هذه الشاشة.',
  'permission.inApp.step2': 'اختيار «فتح في المتصفح» (Safari أو Chrome).',
  'permission.inApp.step3': 'إذا لم يوجد هذا الخيار: نسخ الرابط أدناه ولصقه في Safari أو Chrome.',
  'permission.other.step1': 'اختيار رمز الكاميرا أو القفل بجانب عنوان الموقع.',
  'permission.other.step2': 'السماح بالكاميرا والميكروفون لهذه الصفحة.',
  'permission.system': 'هل ما زال الحظر قائمًا؟',
  'permission.system.windows':
    'في Windows، يُرجى فتح الإعدادات، ثم «الخصوصية والأمان»، والسماح بـ «الكاميرا» و«الميكروفون».',
  'permission.system.mac':
    'على جهاز Mac، يُرجى فتح إعدادات النظام، ثم «الخصوصية والأمن»، والسماح للمتصفح بـ «الكاميرا» و«الميكروفون».',
  'permission.system.android':
    'في الهاتف، يُرجى فتح الإعدادات، ثم «التطبيقات»، ثم المتصفح، ثم «الأذونات»، والسماح بالكاميرا والميكروفون.',
  'permission.system.ios':
    'يُرجى فتح الإعدادات، ثم «التطبيقات»، ثم «Safari»، وضبط «الكاميرا» و«الميكروفون» على «سماح».',
  'permission.copy': 'نسخ الرابط',
  'permission.copied': 'تم نسخ الرابط.',
  'permission.copyFailed': 'تعذّر نسخ الرابط. يُرجى فتحه من رسالتك مرة أخرى.',
};

export const { texts, t } = defineTexts({ en, es, de, fr, pt, ar });
