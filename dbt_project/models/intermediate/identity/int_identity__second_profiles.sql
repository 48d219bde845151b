{{ matching_profiles(ref("int_identity__second_records")) }}
