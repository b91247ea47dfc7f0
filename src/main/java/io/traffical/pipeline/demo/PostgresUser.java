package io.traffical.pipeline.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * As whom Postgres runs. It refuses to run as root, as which programs in a container usually run;
 * then it runs as nobody, or in a user namespace of its own where root is not known.
 *
 * @param prefix what comes before each command
 * @param ownsFiles whether the files must belong to nobody
 */
record PostgresUser(List<String> prefix, boolean ownsFiles) {
  private static final int NOBODY = 65534;
  private static final PostgresUser SELF = new PostgresUser(List.of(), false);
  private static final List<PostgresUser> INSTEAD_OF_ROOT =
      List.of(
          new PostgresUser(
              List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), true),
          new PostgresUser(List.of("unshare", "-U"), false));

  /** Returns the user for a server with its files in the directory. */
  static PostgresUser of(Path directory) {
    try {
      if ((int) Files.getAttribute(directory, "unix:uid") != 0) {
        return SELF;
      }
      for (PostgresUser user : INSTEAD_OF_ROOT) {
        if (Command.of(user.prefix).and("true").isPossible()) {
          return user;
        }
      }
    } catch (IOException e) {
      throw new DemoFailure("the owner of " + directory + " cannot be found out", e);
    }
    throw new DemoFailure(
        "Postgres does not run as root, and here root can become nobody neither with setpriv nor"
            + " with unshare; run the demo as another user");
  }

  /** Hands over what is in the directory, and the directory. */
  void take(Path directory) {
    if (!ownsFiles) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!Files.isSymbolicLink(file)) {
          Files.setAttribute(file, "unix:uid", NOBODY);
        }
      }
    } catch (IOException e) {
      throw new DemoFailure(
          "Postgres cannot be given its files (" + e + "); run the demo as another user", e);
    }
  }
}
