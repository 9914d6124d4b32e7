import hooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist', 'test-results', 'playwright-report', 'src/api/schema.d.ts']),
  ts.configs.recommended,
  { files: ['src/**/*.{ts,tsx}'], ...hooks.configs.flat['recommended-latest'] },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', 400],
      'no-restricted-syntax': [
        'error',
        {
          // 所有给人看的句子都在 locales/: no sentence for people in source.
          selector: ':matches(Literal[value=/[\\u4e00-\\u9fff]/], TemplateElement[value.raw=/[\\u4e00-\\u9fff]/], JSXText[value=/[\\u4e00-\\u9fff]/])',
          message: 'Sentences for people belong in locales/web.*.json.',
        },
      ],
    },
  },
  { files: ['**/*.test.{ts,tsx}', 'e2e/**'], rules: { 'no-restricted-syntax': 'off' } },
);
