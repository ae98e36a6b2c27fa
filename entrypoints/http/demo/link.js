// What every front end does with the link of a mail.

const API = "/api/v1/customer";

// A link that is opened in this tab changes only the fragment, which loads no page.
addEventListener("hashchange", () => location.reload());

/**
 * The token in the fragment of the address, or null. It is gone from the address bar and from the
 * history afterwards, and exists only in this page's memory.
 */
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  return token || null;
}

/**
 * Sends a message to the service. Returns the answer, or a problem as RFC 9457 describes it. The
 * problem has no type if the service did not answer.
 */
export async function post(path, message) {
  try {
    const response = await fetch(API + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(message),
      credentials: "omit",
    });
    const body = await response.json();
    return response.ok ? { answer: body } : { problem: body };
  } catch {
    return { problem: { detail: "The service does not answer. Try again in a minute." } };
  }
}

/** Whether the link itself is at fault, so that another attempt with it is of no use. */
export function isDead(problem) {
  return [":token-refused", ":email-taken", ":mail-off"].some((name) =>
    (problem.type ?? "").endsWith(name),
  );
}

/** The sentences that tell a person what is wrong. */
export function sentences(problem) {
  if ((problem.type ?? "").endsWith(":token-refused")) {
    return ["This link does not work any more. Ask for a new one."];
  }
  if (problem.errors) {
    return problem.errors.map(({ field, detail }) => `The ${field} ${detail}.`);
  }
  return [problem.detail];
}

/** Shows sentences. A screen reader reads them aloud. */
export function show(...texts) {
  const paragraphs = texts.map((text) => {
    const paragraph = document.createElement("p");
    // Never as HTML.
    paragraph.textContent = text;
    return paragraph;
  });
  document.getElementById("result").replaceChildren(...paragraphs);
}

/**
 * Shows the form if the address has a token. `send` is called with the token when the form is
 * submitted, once at a time. It returns true if the form is of no more use. Returns the token.
 */
export function serveForm(send) {
  const form = document.querySelector("form");
  const button = form.querySelector("button");
  const token = takeToken();
  if (token === null) {
    show("This address has no token. Open the link of the mail again.");
    return null;
  }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show();
    button.disabled = true;
    form.hidden = await send(token);
    button.disabled = false;
  });
  return token;
}
