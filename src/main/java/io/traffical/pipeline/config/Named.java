package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/** Reads definitions, each of which has a name. */
final class Named {
  private Named() {}

  /** Reads every map below the key, each under a name: {@code metrics: {name: {...}}}. */
  static <T> Map<String, T> read(
      Section file, String key, String kind, NameRule rule, BiFunction<String, Section, T> reader) {
    Map<String, T> read = new LinkedHashMap<>();
    file.children(key, kind, null)
        .forEach(
            (name, child) -> {
              rule.check(name, kind, child.line(), file.problems());
              read.put(name, reader.apply(name, child));
            });
    return read;
  }

  /** Reads maps as {@link #read} does, or a list of maps that each have a {@code name}. */
  static <T> Map<String, T> readMapOrList(
      Section file, String key, String kind, NameRule rule, BiFunction<String, Section, T> reader) {
    if (!file.isList(key)) {
      return read(file, key, kind, rule, reader);
    }
    Map<String, T> read = new LinkedHashMap<>();
    for (Section item : file.sections(key, kind)) {
      String name = item.required("name", Format.TEXT, "add name");
      String title = name == null ? item.title() : kind + " " + Wording.quoted(name);
      if (name != null) {
        rule.check(name, kind, item.line("name"), file.problems());
      }
      T definition = reader.apply(name, item.without("name", title));
      if (name != null) {
        read.putIfAbsent(name, definition);
      }
    }
    return read;
  }
}
