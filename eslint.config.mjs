import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** A folder of the server and what its files may not import: the house's directions, held by the linter. */
const forbid = (files, patterns, message) => ({
  files,
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': ['error', { patterns: patterns.map((regex) => ({ regex, message })) }],
  },
});

const serverRooms = 'access|store|cluster|media|signaling|http|calendar|mail|observability';
const drivers = [
  '^express',
  '^socket\\.io',
  '^@socket\\.io',
  '^ioredis',
  '^mediasoup',
  '^node:sqlite',
  '^mongoose',
  '^jsonwebtoken',
  '^nodemailer',
];
const only = (...allowed) => drivers.filter((driver) => !allowed.includes(driver));
const wiring = '(^|/)(compose|main)\\.ts$';

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/data', '**/coverage'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
    settings: {
      'import-x/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
    },
  },
  forbid(
    ['shared/src/**'],
    ['^(?!\\./|zod$)', '@televisit/(server|client|api-client|test)'],
    'shared is the contract: it imports zod and itself only.',
  ),
  forbid(
    ['client/src/**'],
    ['@televisit/(server|test)', '/(server|test)/'],
    'client imports shared, never server or test.',
  ),
  forbid(
    ['client/src/sdk/**'],
    ['@televisit/(server|test)', '/ui/', '^preact', '/locales/'],
    'The SDK is headless: no UI import.',
  ),
  {
    files: ['api-client/src/**'],
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\./|@televisit/shared/)',
              message: 'The API client has no dependencies, and knows no Node.',
            },
            {
              regex: '^@televisit/shared/',
              allowTypeImports: true,
              message: 'The API client has of shared its types alone.',
            },
          ],
        },
      ],
    },
  },
  forbid(
    ['server/src/domain/**'],
    ['@televisit/(client|test)', ...drivers, wiring, `/(${serverRooms})/`],
    'The domain knows no transport, no driver and no other room.',
  ),
  forbid(
    ['server/src/access/**'],
    ['@televisit/(client|test)', ...only('^jsonwebtoken'), wiring, `/(store|cluster|media|signaling|http)/`],
    'access is a leaf.',
  ),
  forbid(
    ['server/src/store/**'],
    [
      '@televisit/(client|test)',
      ...only('^node:sqlite', '^mongoose'),
      wiring,
      `/(cluster|media|signaling|http)/`,
    ],
    'A store adapter knows its driver and the domain only.',
  ),
  forbid(
    ['server/src/calendar/**'],
    ['@televisit/(client|test)', ...drivers, wiring, `/(access|store|cluster|media|signaling|http)/`],
    'calendar writes calendars from the domain, and nothing else.',
  ),
  forbid(
    ['server/src/mail/**'],
    [
      '@televisit/(client|test)',
      ...only('^nodemailer'),
      wiring,
      `/(access|store|cluster|media|signaling|http)/`,
    ],
    'mail knows the domain and its transport only.',
  ),
  forbid(
    ['server/src/cluster/**'],
    ['@televisit/(client|test)', ...only('^@socket\\.io', '^ioredis'), wiring, `/(signaling|http)/`],
    'cluster decides, and talks to the other processes; people\u2019s sockets are signaling\u2019s.',
  ),
  forbid(
    ['server/src/media/**'],
    ['@televisit/(client|test)', ...only('^mediasoup'), wiring, `/(store|cluster|signaling|http|access)/`],
    'media is mediasoup only.',
  ),
  forbid(
    ['server/src/signaling/**'],
    ['@televisit/(client|test)', ...only('^socket\\.io'), wiring, `/(store|http)/`],
    'signaling is sockets only.',
  ),
  forbid(
    ['server/src/http/**'],
    ['@televisit/(client|test)', ...only('^express'), wiring, `/(store|signaling)/`],
    'http is Express only.',
  ),
  {
    files: ['**/*.test.ts', 'test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
