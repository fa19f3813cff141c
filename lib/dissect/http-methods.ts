/**
 * Any of the methods of HTTP (RFC 9110, section 9; RFC 5789), as a part of regular expressions. What has to follow it
 * differs: some look for a request at a glance, some want its whole first line.
 */
export const HTTP_METHOD = "(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH)";
