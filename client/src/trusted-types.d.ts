/** Trusted Types (https://www.w3.org/TR/trusted-types/), which not every browser has. */
declare const trustedTypes:
  | {
      createPolicy: (
        name: string,
        rules: { createScriptURL: (address: string) => string },
      ) => { createScriptURL: (address: string) => string };
    }
  | undefined;
