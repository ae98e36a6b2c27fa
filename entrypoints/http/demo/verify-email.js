import { isDead, post, sentences, serveForm, show } from "./link.js";

// The page waits for a click: a program that opens every link of a mail must prove no address.
serveForm(async (token) => {
  const { answer, problem } = await post("/email-verification/complete", { token });
  if (problem) {
    show(...sentences(problem));
    return isDead(problem);
  }
  show(`The e-mail address of your account ${answer.customer_id} is confirmed.`);
  return true;
});
