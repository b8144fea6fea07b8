// Starts Swagger UI. Runs in the browser on its own, because the content security policy forbids inline scripts.
const dark = matchMedia('(prefers-color-scheme: dark)');
const applyColorScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', applyColorScheme);
applyColorScheme();

// By default Swagger UI puts a link inside the button that opens an operation: two controls, one of them out of reach.
const plainPaths = () => ({
  wrapComponents: {
    DeepLink:
      (_original, { React }) =>
      ({ text }) =>
        React.createElement('span', null, text),
  },
});

// Swagger UI leaves selects without an accessible name, and examples that scroll out of reach of the keyboard.
const content = document.getElementById('content');
const repairAccessibility = () => {
  for (const select of content.querySelectorAll('select:not([aria-label])')) {
    const parameter = select.closest('[data-param-name]')?.dataset.paramName;
    const isExample = select.className.includes('examples-select');
    select.setAttribute('aria-label', parameter ?? (isExample ? 'Example' : 'Server'));
  }
  for (const code of content.querySelectorAll('pre.microlight:not([tabindex])')) code.tabIndex = 0;
};
new MutationObserver(repairAccessibility).observe(content, { childList: true, subtree: true });

SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#content',
  deepLinking: true,
  displayOperationId: true,
  filter: true,
  // The default validator is a public web service.
  validatorUrl: null,
  plugins: [plainPaths],
});
