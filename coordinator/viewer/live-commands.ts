// What a page asks to be changed of its session, as LookService and SessionService do it.
import { ArrasError } from "../../proto/errors.ts";
import { ViewerCommand, type ViewerRequest } from "../../proto/gen/arras/v1/viewer_pb.ts";
import type { Session } from "../session.ts";

/** What there is of a session to change. */
interface Changeable extends Pick<Session, "restart" | "steering" | "stop"> {
  readonly editing: Pick<Session["editing"], "edit">;
}

export type ChangeRequest = Extract<
  ViewerRequest["request"],
  { readonly case: "region" | "command" | "budgetSpp" | "edits" }
>;

/**
 * `editor`: whose edits or region these are, for the others. Resolves when it cannot be lost any more: events tell what became of
 * it. Rejects with what it is refused with.
 */
export async function change(session: Changeable, request: ChangeRequest, editor: string): Promise<void> {
  const { steering } = session;
  if (request.case === "edits") await session.editing.edit(request.value, editor);
  else if (request.case === "budgetSpp") await steering.raiseBudget(request.value);
  else if (request.case === "region") await steering.setRegion(request.value.rect, request.value.alone, editor);
  else await command(session, request.value);
}

async function command(session: Changeable, asked: ViewerCommand): Promise<void> {
  switch (asked) {
    case ViewerCommand.PAUSE:
      return session.steering.pause();
    case ViewerCommand.RESUME:
      return session.steering.resume();
    case ViewerCommand.STOP:
      await session.stop();
      return;
    case ViewerCommand.RESTART:
      await session.restart();
      return;
    default:
      throw unknownRequest("this command");
  }
}

function unknownRequest(what: string): ArrasError {
  const message = `This coordinator does not do ${what}`;
  return new ArrasError("usage", { message, action: "Load the page anew: it may be of another version." });
}

export function mayOnlyLook(): ArrasError {
  return new ArrasError("not-allowed", {
    message: "Changing a session needs the right to submit",
    action: "Ask whoever runs the farm for a token with it.",
  });
}
