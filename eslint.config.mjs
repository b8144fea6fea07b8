import tseslint from 'typescript-eslint';

/** Which module may import which is `.dependency-cruiser.mjs`. */
export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/data', '**/coverage', 'test/contract/generated-clients'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['client/src/**'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Literal[value=/\\[data-testid/], TemplateElement[value.raw=/\\[data-testid/]',
          message: 'Test ids are for tests: the page itself never looks elements up by them.',
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/testing/**', 'test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
