import { isDead, post, sentences, serveForm, show } from "./link.js";

const account = document.getElementById("account");
const first = document.getElementById("password");
const second = document.getElementById("again");

function refuse(field, ...texts) {
  show(...texts);
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

const token = serveForm(async (token) => {
  for (const field of [first, second]) {
    field.removeAttribute("aria-invalid");
  }
  if (first.value !== second.value) {
    refuse(second, "The two passwords are not the same.");
    return false;
  }
  const message = { token, password: first.value };
  const { answer, problem } = await post("/password-reset/complete", message);
  if (!problem) {
    first.value = second.value = "";
    show(
      `The password of your account ${answer.customer_id} is changed. Log in with it.`,
      "Every session of the account has ended.",
    );
    return true;
  }
  if (problem.errors) {
    refuse(first, ...sentences(problem));
  } else {
    show(...sentences(problem));
  }
  return isDead(problem);
});

// A token ends with the customer_id, so that password managers know whose password this is.
account.value = token?.slice(token.indexOf(".") + 1) ?? "";
