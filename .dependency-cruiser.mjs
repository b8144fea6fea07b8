/**
 * The layers of the repository, checked by `npm run lint`: which package, room of the server and part of the client may import
 * which, imports of types included. docs/decisions/2026-11-29-layers-by-lint.md says why it is done this way.
 */

/** Tests and their helpers are wiring: they may import what the code beside them may not. */
const TESTS = '\\.test\\.tsx?$|/testing/';

/**
 * The rooms of the server (folders or files of server/src), and the other rooms that each may import. A room that is not
 * listed is wiring: compose and main. config.ts is read by compose alone.
 */
const SERVER_ROOMS = {
  core: [],
  domain: ['core'],
  access: ['core', 'domain', 'config.ts'],
  calendar: ['core', 'domain'],
  health: ['core'],
  store: ['core', 'domain'],
  cluster: ['core', 'domain'],
  media: ['core', 'domain'],
  metrics: ['core', 'domain', 'recording'],
  tracing: ['core'],
  webhooks: ['core', 'domain'],
  providers: ['core', 'domain'],
  mail: ['core', 'domain', 'calendar'],
  notify: ['core', 'domain', 'mail', 'providers', 'webhooks'],
  room: ['core', 'domain', 'access', 'cluster', 'media'],
  recording: ['core', 'domain', 'media'],
  speech: ['core', 'recording'],
  console: ['core', 'domain', 'access'],
  features: ['core', 'domain', 'recording', 'room', 'speech'],
  signaling: ['core', 'domain', 'access', 'cluster', 'media', 'room'],
  http: [
    'core',
    'domain',
    'access',
    'calendar',
    'cluster',
    'console',
    'health',
    'notify',
    'providers',
    'webhooks',
  ],
  doctor: ['core', 'access', 'mail', 'media', 'providers', 'recording', 'speech'],
};

/** Packages that only one room may use. */
const DRIVERS = {
  access: ['jsonwebtoken'],
  calendar: ['ical-generator'],
  cluster: ['@socket\\.io', 'ioredis'],
  console: ['openid-client'],
  http: ['express', 'helmet'],
  mail: ['nodemailer'],
  metrics: ['prom-client'],
  media: ['mediasoup'],
  recording: ['mediabunny', '@aws-sdk'],
  signaling: ['socket\\.io'],
  speech: ['opus-decoder', 'ws'],
  tracing: ['@opentelemetry'],
  store: ['mongoose', 'mongodb', 'node:sqlite'],
};
/** Rooms that share the packages of another: a feature with its own store. */
const SAME_DRIVERS = {
  access: ['notify/', 'providers/'],
  cluster: ['doctor/'],
  mail: ['doctor/'],
  store: ['features/[^/]+/store\\.', 'doctor/'],
  http: ['features/[^/]+/http\\.'],
};

/** The files of a feature at the edges, and the other rooms that each may import beside those of features. */
const FEATURE_EDGES = {
  store: { path: '^server/src/features/([^/]+/store|stores)[.]', rooms: ['store'] },
  http: { path: '^server/src/features/([^/]+/(http|index)|feature|index)[.]', rooms: ['access', 'http'] },
};
const edges = Object.values(FEATURE_EDGES).map(({ path }) => path);

const serverRoom = (name, path, pathNot, allowed) => ({
  name: `server-${name}`,
  comment: `${name} on the server imports ${['itself', ...allowed].join(', ')} and shared.`,
  severity: 'error',
  from: { path, pathNot: [TESTS, ...pathNot] },
  to: { path: '^server/src/', pathNot: allowed.map((room) => `^server/src/${room}(/|$)`) },
});

const serverRooms = [
  ...Object.entries(SERVER_ROOMS).map(([room, allowed]) =>
    serverRoom(room, `^server/src/${room}/`, room === 'features' ? edges : [], [room, ...allowed]),
  ),
  ...Object.entries(FEATURE_EDGES).map(([name, { path, rooms }]) =>
    serverRoom(`feature-${name}`, path, [], ['features', ...SERVER_ROOMS.features, ...rooms]),
  ),
];

const drivers = Object.entries(DRIVERS).map(([room, packages]) => ({
  name: `driver-of-${room}`,
  comment: `Only server/src/${room} knows ${packages.join(', ').replaceAll('\\', '')}.`,
  severity: 'error',
  from: {
    path: '^server/src/',
    pathNot: [TESTS, ...[room, ...(SAME_DRIVERS[room] ?? [])].map((name) => `^server/src/${name}`)],
  },
  to: { path: packages.map((name) => `^${name}$|(^|/)node_modules/(@types/)?${name}/`) },
}));

/** The folders of the client SDK, and the other folders that each may import; `index.ts` and `visit-client.ts` are on top. */
const SDK_FOLDERS = {
  core: [],
  signaling: ['core'],
  devices: ['core'],
  network: ['core', 'signaling'],
  media: ['core', 'signaling', 'devices', 'network'],
  features: ['core', 'signaling', 'devices'],
  meeting: ['core', 'signaling'],
  state: ['core', 'devices', 'network', 'media', 'features', 'meeting'],
  call: ['core', 'signaling', 'devices', 'network', 'media', 'features', 'meeting', 'state'],
};

const sdkFolders = Object.entries(SDK_FOLDERS).map(([folder, allowed]) => ({
  name: `sdk-${folder}`,
  comment: `client/src/sdk/${folder} imports ${['itself', ...allowed].join(', ')} and shared.`,
  severity: 'error',
  from: { path: `^client/src/sdk/${folder}/`, pathNot: TESTS },
  to: { path: '^client/src/', pathNot: [folder, ...allowed].map((name) => `^client/src/sdk/${name}/`) },
}));

/** A package and the other packages of this repository that it may import, tests included. */
const order = (name, ...allowed) => ({
  name: `package-${name}`,
  comment: `${name} imports ${['itself', ...allowed].join(', ')} of this repository.`,
  severity: 'error',
  from: { path: `^${name}/` },
  to: {
    path: '^(shared|server|client|api-client|test|scripts)/',
    pathNot: [name, ...allowed].map((one) => `^${one}/`),
  },
});

/** The modules of shared that the page imports at run time; the console and features may have a vocabulary of their own. */
const VOCABULARY = '^shared/src/(vocabulary|console\\.vocabulary|features/[^/]+\\.vocabulary)\\.ts$';
/** What turns speech into text, on servers and in pages. */
const SPEECH = '^shared/src/speech/';

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid('no-cycle', 'Imports are acyclic, also those of types.', {}, { circular: true }),
    forbid(
      'resolvable',
      'An import that leads nowhere escapes every other rule.',
      {},
      { couldNotResolve: true },
    ),

    order('shared'),
    order('server', 'shared'),
    order('client', 'shared'),
    order('api-client', 'shared'),
    order('test', 'shared', 'server', 'client', 'api-client', 'scripts'),
    order('scripts', 'shared'),

    forbid(
      'shared-knows-zod-only',
      'shared is the contract: it imports zod and itself.',
      { path: '^shared/src/', pathNot: TESTS },
      { pathNot: ['^shared/', '(^|/)node_modules/zod/'] },
    ),
    forbid(
      'vocabulary-without-zod',
      'The page imports the vocabulary and the engine of captions, and must not load zod.',
      { path: [VOCABULARY, SPEECH] },
      { path: 'node_modules/zod/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'client-has-types-of-shared',
      'The page has the types of shared, and of its values only those that come without zod.',
      { path: '^client/src/', pathNot: TESTS },
      {
        path: '^shared/',
        pathNot: [VOCABULARY, SPEECH],
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'sdk-is-headless',
      'The SDK knows neither the UI nor its translations nor Preact.',
      { path: '^client/src/sdk/' },
      { path: ['^client/src/(?!sdk/)', '(^|/)node_modules/preact/'] },
    ),
    ...sdkFolders,
    forbid(
      'ui-uses-the-public-sdk',
      'The UI uses the public API of the SDK.',
      { path: '^client/src/ui/', pathNot: TESTS },
      { path: '^client/src/sdk/', pathNot: '^client/src/sdk/index\\.ts$' },
    ),
    forbid(
      'ui-core-knows-no-feature',
      'The core of the UI knows the contract of features, not the features.',
      { path: '^client/src/ui/(?!app/|features/|stories/)', pathNot: TESTS },
      { path: '^client/src/ui/(app|features)/', pathNot: '^client/src/ui/features/feature\\.ts$' },
    ),
    forbid(
      'console-uses-shared-parts-of-the-ui',
      'The console is a page of its own: it has the components, hooks and styles of the UI, and nothing of visits.',
      { path: '^client/src/console/', pathNot: TESTS },
      {
        path: '^client/src/',
        pathNot:
          '^client/src/(console|locales|ui/(components|format|hooks|styles))/|^client/src/ui/screens/message\\.tsx$',
      },
    ),
    forbid(
      'nothing-imports-the-console',
      'The join page loads nothing of the console.',
      { path: '^client/src/(?!console/)', pathNot: TESTS },
      { path: '^client/src/console/' },
    ),
    forbid(
      'agora-sdk-in-one-place',
      'Agora’s SDK loads with its reports switched off, and only for visits at Agora.',
      { path: '^client/', pathNot: '/agora/load-agora-sdk\\.ts$' },
      { path: '(^|/)node_modules/(agora-rtc-sdk-ng|@agora-js)/' },
    ),
    forbid(
      'locales-are-a-leaf',
      'Translations know neither the UI nor the SDK.',
      { path: '^client/src/locales/', pathNot: TESTS },
      { path: '^client/src/(?!locales/)' },
    ),
    forbid(
      'api-client-has-types-of-shared',
      'The API client has no dependencies at run time and knows no Node. Its build replaces operations.ts by plain data.',
      { path: '^api-client/src/', pathNot: [TESTS, '^api-client/src/operations\\.ts$'] },
      { pathNot: '^api-client/src/', dependencyTypesNot: ['type-only'] },
    ),

    ...serverRooms,
    ...drivers,
    forbid(
      'aws-sdk-loads-late',
      'The SDK of the object store is large: only servers that have one load it.',
      { path: '^server/src/', pathNot: TESTS },
      { path: '(^|/)node_modules/@aws-sdk/', dynamic: false, dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'opentelemetry-loads-late',
      'OpenTelemetry takes memory: only servers that send spans load it.',
      { path: '^server/src/(?!tracing/)', pathNot: TESTS },
      { path: '^server/src/tracing/otlp-tracer\\.ts$', dynamic: false, dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'only-compose-wires',
      'Rooms get what they need handed in.',
      {
        path: '^server/src/',
        pathNot: [TESTS, '^server/src/(compose|main|ending|shutdown|process)(/|\\.ts$)'],
      },
      { path: '^server/src/(compose|main)(/|\\.ts$)' },
    ),
    forbid(
      'no-feature-imports-another',
      'Features import the core, never each other; their folder’s index lists them.',
      { path: '^(server/src|client/src/sdk|client/src/ui)/features/([^/]+)/', pathNot: TESTS },
      { path: '^$1/features/[^/]+/', pathNot: '^$1/features/$2/' },
    ),
    forbid(
      'no-test-in-code',
      'Code imports neither tests nor their helpers; stories are not part of the product.',
      { path: '^(shared|server|client|api-client)/', pathNot: [TESTS, '/stories/'] },
      { path: TESTS },
    ),
    forbid(
      'setup-without-dependencies',
      'The set-up runs before anything is installed, in plain Node.',
      { path: '^scripts/.*\\.mjs$' },
      { dependencyTypesNot: ['core', 'local'] },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(client|api-client)/dist/|^test/contract/generated-clients/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
