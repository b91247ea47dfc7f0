package io.traffical.pipeline.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/** Reads the text of a definition file into YAML nodes, which know their lines. */
final class YamlFile {
  /** Scalars stay text; each key decides what its text may be. */
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setSchema(new FailsafeSchema()).build();

  private YamlFile() {}

  /** Returns the line on which the node starts, from 1. */
  static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  /** Returns the file's map, or null after reporting why there is none. */
  static MappingNode read(Path file, Problems problems) {
    String text = text(file, problems);
    if (text == null) {
      return null;
    }
    Node root;
    try {
      root = new Compose(SETTINGS).composeString(text).orElse(null);
    } catch (MarkedYamlEngineException e) {
      reportSyntax(e, text.lines().toList(), problems);
      return null;
    } catch (ReaderException e) {
      int end =
          text.offsetByCodePoints(
              0, Math.min(e.getPosition(), text.codePointCount(0, text.length())));
      int line = 1 + (int) text.substring(0, end).chars().filter(c -> c == '\n').count();
      String character = String.format("U+%04X", e.getCodePoint());
      problems.error(line, "the character " + character + " is not allowed in YAML", "remove it");
      return null;
    } catch (StackOverflowError e) {
      problems.error(0, "the file is nested too deeply", "remove brackets that are never closed");
      return null;
    } catch (RuntimeException e) { // beside its own, the library lets some others through
      problems.error(0, "the file is not readable as YAML", "make it valid YAML of at most 3 MB");
      return null;
    }
    if (root instanceof MappingNode map) {
      return map;
    }
    if (root == null || (root instanceof ScalarNode scalar && scalar.getValue().isEmpty())) {
      problems.error(0, "the file is empty", "write definitions into it");
    } else {
      problems.error(line(root), "the file is not a map", "write keys such as version: \"1.0\"");
    }
    return null;
  }

  private static String text(Path file, Problems problems) {
    if (Files.isDirectory(file)) {
      problems.error(0, "this is a directory", "name the definition file in it");
      return null;
    }
    if (!Files.exists(file)) {
      problems.error(0, "the file does not exist", "name the definition file with -c");
      return null;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      problems.error(0, "the file is not valid UTF-8", "save it as UTF-8");
    } catch (IOException e) {
      problems.error(0, "the file cannot be read", "check its permissions");
    }
    return null;
  }

  /** Reports a syntax error in words that cannot quote a value: the file may hold a password. */
  private static void reportSyntax(
      MarkedYamlEngineException e, List<String> lines, Problems problems) {
    int line = e.getProblemMark().or(e::getContextMark).map(Mark::getLine).orElse(0) + 1;
    String problem = String.valueOf(e.getProblem());
    if (problem.contains("TAB")) {
      problems.error(line, "a tab is used for indentation", "indent with blanks");
      return;
    }
    if (problem.contains("another document")) {
      problems.error(line, "the file has a second YAML document", "remove the line ---");
      return;
    }
    boolean mayQuote =
        List.of("alias", "anchor", "tag", "directive").stream().anyMatch(problem::contains);
    String shown = mayQuote ? "an alias, anchor, tag or directive is wrong" : problem;
    boolean hasReference =
        shown.contains("',' or") && line <= lines.size() && lines.get(line - 1).contains("${");
    problems.error(
        line,
        "YAML syntax error: " + shown,
        hasReference
            ? "put ${NAME} in quotes where it is inside { } or [ ]"
            : "check indentation and quotes here and one line above");
  }
}
